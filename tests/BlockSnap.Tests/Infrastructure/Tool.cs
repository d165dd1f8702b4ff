using System.Diagnostics;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Programs from outside that some tests need.</summary>
public static class Tool
{
    // For programs that hang; far above what the slowest takes on a machine that does much else.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Skips the running test when a program is not installed.</summary>
    public static void Require(string program)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];
        Assert.SkipUnless(folders.Any(folder => File.Exists(Path.Join(folder, program))), $"needs {program}, which is not installed");
    }

    /// <summary>Runs a program to its end and returns exit code, standard output and standard error.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Limit);
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
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} ran for more than {Limit.TotalSeconds} s.");
        }
    }

    /// <summary>Starts a program with all three streams redirected.</summary>
    public static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
