using System.Globalization;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>What files take of their file system, holes left out.</summary>
internal static class TakenSpace
{
    /// <summary>Bytes of a file, or of all below a directory; skips the running test where nobody can tell.</summary>
    public static async Task<long> OfAsync(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs du of Linux");
        OutsideProgram.SkipUnlessPresent("coreutils", "du");
        string output = await OutsideProgram.RunToSuccessAsync("du", "--summarize", "--block-size=1", path);
        return long.Parse(output.AsSpan(0, output.IndexOf('\t', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    }
}
