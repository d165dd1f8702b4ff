using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>The reference implementation of XXH3: the <c>xxhsum</c> of Debian's package xxhash, where it is installed.</summary>
internal static partial class Xxhsum
{
    /// <summary>Hashes each input as a file of its own, all in one run of the program.</summary>
    /// <returns>One hash per input, in order; <see langword="null"/> if there is no xxhsum that knows XXH3.</returns>
    public static ulong[]? TryHash(IReadOnlyList<byte[]> inputs)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("blocksnap-xxhsum-");
        try
        {
            var start = new ProcessStartInfo("xxhsum")
            {
                WorkingDirectory = directory.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.ArgumentList.Add("-H3");
            for (int index = 0; index < inputs.Count; index++)
            {
                string name = index.ToString("D6", CultureInfo.InvariantCulture);
                File.WriteAllBytes(Path.Combine(directory.FullName, name), inputs[index]);
                start.ArgumentList.Add(name);
            }

            return Run(start) is string output ? Parse(output, inputs.Count) : null;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string? Run(ProcessStartInfo start)
    {
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            // Versions before 0.8.1 refuse -H3 and say so. Anything else that goes wrong must not pass for "not installed".
            return process.ExitCode == 0 ? output
                : errors.Result.Contains("usage", StringComparison.OrdinalIgnoreCase) ? null
                : throw new InvalidOperationException($"xxhsum ended with {process.ExitCode}: {errors.Result}");
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static ulong[] Parse(string output, int count)
    {
        var hashes = new ulong[count];
        MatchCollection lines = Line().Matches(output);
        Assert.Equal(count, lines.Count);
        foreach (Match line in lines)
        {
            int index = int.Parse(line.Groups["name"].ValueSpan, CultureInfo.InvariantCulture);
            hashes[index] = ulong.Parse(line.Groups["hash"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return hashes;
    }

    /// <summary>0.8.1 writes "XXH3 (000012) = hash"; the other form seen is "XXH3_hash  000012".</summary>
    [GeneratedRegex(@"^XXH3(?: \((?<name>\d+)\) = (?<hash>[0-9a-f]{16})|_(?<hash>[0-9a-f]{16})\s+(?<name>\d+))\r?$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
