using System.Diagnostics;

namespace BlockSnap.Tests.RealPrograms;

/// <summary>Runs programs of the machine that are no part of this repository; a test that needs a missing one is skipped.</summary>
internal static class OutsideProgram
{
    // Where administrators' programs lie on systems that leave these out of a user's path.
    private static readonly string[] s_extraDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    /// <summary>Skips the running test unless all programs are there.</summary>
    public static void SkipUnlessPresent(string package, params string[] names)
    {
        string[] missing = [.. names.Where(name => Find(name) is null)];
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} not found: install the package {package}.");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit code and everything it printed.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(name) ?? throw new FileNotFoundException($"There is no program {name}."), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using Process process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(s_timeout);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} {string.Join(' ', arguments)} did not end in {s_timeout}.");
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> RunToSuccessAsync(string name, params string[] arguments)
    {
        (int exitCode, string output) = await RunAsync(name, arguments);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {exitCode}:{Environment.NewLine}{output}");
        return output;
    }

    private static string? Find(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(s_extraDirectories)
            .Select(directory => Path.Combine(directory, name)) // a full path stays what it is
            .FirstOrDefault(File.Exists);
}
