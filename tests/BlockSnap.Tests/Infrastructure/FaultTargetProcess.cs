using System.Diagnostics;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Runs tests/BlockSnap.FaultTarget as a process of its own, by itself or under strace.</summary>
public static class FaultTargetProcess
{
    private static readonly string Assembly = Path.Join(AppContext.BaseDirectory, "BlockSnap.FaultTarget.dll");

    /// <summary>Copies the program into a folder, with another library, and returns what <see cref="RunUnderStraceAsync"/> takes to run it.</summary>
    public static string CopyWith(byte[] library, string folder)
    {
        Directory.CreateDirectory(folder);
        string[] needed = ["BlockSnap.FaultTarget.*", "Microsoft.Extensions.*.dll"];
        foreach (string file in needed.SelectMany(pattern => Directory.EnumerateFiles(AppContext.BaseDirectory, pattern)))
        {
            File.Copy(file, Path.Join(folder, Path.GetFileName(file)));
        }

        File.WriteAllBytes(Path.Join(folder, "BlockSnap.dll"), library);
        return Path.Join(folder, Path.GetFileName(Assembly));
    }

    /// <summary>Starts it; the caller ends it.</summary>
    public static Process Start(params string[] arguments) => StartCopy(null, arguments);

    /// <summary>Starts a copy of it, or with null the one that was built; the caller ends it.</summary>
    public static Process StartCopy(string? program, params string[] arguments) => OutsideProgram.Start(DotNet, [program ?? Assembly, .. arguments]);

    /// <summary>Runs it under a program that takes something from it, such as <c>prlimit --nofile=32</c>, and returns the lines it wrote.</summary>
    /// <param name="under">The program and its arguments; the test is skipped where it is not installed.</param>
    /// <param name="arguments">Verb and arguments of the target.</param>
    public static Task<string[]> RunUnderAsync(string[] under, params string[] arguments) => RunUnderAsync(under, mayLackThreads: false, arguments);

    /// <summary>The same.</summary>
    /// <param name="under">The program and its arguments; the test is skipped where it is not installed.</param>
    /// <param name="mayLackThreads">Whether the runtime may end it, as it does, with "Out of memory", when it has no descriptor for a thread of its own.</param>
    /// <param name="arguments">Verb and arguments of the target.</param>
    public static async Task<string[]> RunUnderAsync(string[] under, bool mayLackThreads, params string[] arguments)
    {
        const int Aborted = 128 + 6;
        OutsideProgram.SkipUnlessPresent("that has it", under[0]);
        (int exitCode, string output, string error) = await OutsideProgram.RunAsync(under[0], [.. under[1..], DotNet, Assembly, .. arguments]);
        bool isEnded = mayLackThreads && exitCode == Aborted && error.Contains("Out of memory", StringComparison.Ordinal);
        Assert.True(exitCode == 0 || isEnded, $"The target ended with {exitCode}: {output}{error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// Runs it with failures injected into system calls, and returns the lines it wrote. Skips the test where strace is missing or
    /// may not trace.
    /// </summary>
    /// <param name="injections">Each as strace takes it: <c>fdatasync:error=EIO:when=2</c>. The count is per thread.</param>
    /// <param name="path">An existing file: only calls on it count and fail. Null for all calls.</param>
    /// <param name="arguments">Verb and arguments of the target.</param>
    /// <param name="mayDie">Whether an injection kills it.</param>
    /// <param name="morePaths">Further files of which the calls count, also such as are made later.</param>
    /// <param name="program">A copy of it, or null for the one that was built.</param>
    public static async Task<string[]> RunUnderStraceAsync(string[] injections, string? path, string[] arguments, bool mayDie = false, string? program = null, string[]? morePaths = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "strace is Linux only");
        OutsideProgram.SkipUnlessPresent("strace", "strace");
        (int tracing, _, string refusal) = await OutsideProgram.RunAsync("strace", "-qq", "-o", "/dev/null", "true");
        Assert.SkipUnless(tracing == 0, $"strace may not trace here: {refusal}");

        string[] filter = [.. (path is null ? [] : new[] { path }).Concat(morePaths ?? []).SelectMany(file => new[] { "-P", file })];
        string calls = string.Join(',', injections.Select(injection => injection.Split(':')[0]));
        (int exitCode, string output, string error) = await OutsideProgram.RunAsync(
            "strace",
            ["-f", "-qq", "-o", "/dev/null", "-e", $"trace={calls}", .. filter, .. injections.SelectMany(i => new[] { "-e", $"inject={i}" }), DotNet, program ?? Assembly, .. arguments]);
        Assert.True(exitCode == 0 || mayDie, $"The target ended with {exitCode}: {output}{error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // The host that runs the tests, when it is dotnet; else the one on the path.
    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
