using System.ComponentModel;
using System.Diagnostics;

namespace BlockSnap.Cli;

/// <summary>
/// Runs a shell command around the freeze of a snapshot. What it prints goes to standard error, since standard output may carry one JSON
/// document.
/// </summary>
internal static class ShellHook
{
    /// <exception cref="IOException">It could not be started, or ended with another exit code than 0.</exception>
    /// <exception cref="TimeoutException">It took too long and was killed, with all processes that it started.</exception>
    public static async Task RunAsync(string command, TimeSpan timeout, CommandConsole console, CancellationToken cancellationToken)
    {
        using Process process = Start(command, console.Folder);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        try
        {
            await Task.WhenAll(
                CopyAsync(process.StandardOutput, console.Error, patience.Token),
                CopyAsync(process.StandardError, console.Error, patience.Token));
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            string message = $"'{command}' took longer than {timeout.TotalSeconds} s and was killed";
            await console.Error.WriteLineAsync($"blocksnap: {message}.");
            throw new TimeoutException(message);
        }

        if (process.ExitCode != 0)
        {
            await console.Error.WriteLineAsync($"blocksnap: '{command}' ended with exit code {process.ExitCode}.");
            throw new IOException($"'{command}' ended with exit code {process.ExitCode}");
        }
    }

    private static Process Start(string command, string folder)
    {
        bool isWindows = OperatingSystem.IsWindows();
        var start = new ProcessStartInfo(isWindows ? "cmd.exe" : "/bin/sh", [isWindows ? "/c" : "-c", command])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"'{start.FileName}' could not be started: {e.Message}", e);
        }
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to, CancellationToken cancellationToken)
    {
        while (await from.ReadLineAsync(cancellationToken) is { } line)
        {
            await to.WriteLineAsync(line);
        }
    }
}
