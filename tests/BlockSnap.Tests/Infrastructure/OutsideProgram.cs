using System.Diagnostics;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Runs programs of the machine that are no part of this repository; a test that needs a missing one is skipped.</summary>
internal static class OutsideProgram
{
    // Where administrators' programs lie on systems that leave these out of a user's path.
    private static readonly string[] s_extraDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    // For programs that hang; far above what the slowest takes on a machine that does much else.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    /// <summary>Skips the running test unless all programs are there.</summary>
    public static void SkipUnlessPresent(string package, params string[] names)
    {
        string[] missing = [.. names.Where(name => Find(name) is null)];
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} not found: install the package {package}.");
    }

    /// <summary>Starts a program with all three streams redirected.</summary>
    public static Process Start(string name, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Find(name) ?? throw new FileNotFoundException($"There is no program {name}."), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit code, standard output and standard error.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string name, params string[] arguments)
    {
        using Process process = Start(name, arguments);
        using var timeout = new CancellationTokenSource(s_timeout);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await error);
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
        (int exitCode, string output, string error) = await RunAsync(name, arguments);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {exitCode}:{Environment.NewLine}{output}{error}");
        return output;
    }

    private static string? Find(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(s_extraDirectories)
            .Select(directory => Path.Combine(directory, name)) // a full path stays what it is
            .FirstOrDefault(File.Exists);
}
