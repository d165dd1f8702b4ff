using System.Globalization;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>What files take of their file system, holes left out.</summary>
internal static class TakenSpace
{
    /// <summary>Bytes of all files below a directory, or skips the running test where nobody can tell.</summary>
    public static async Task<long> OfAsync(string directory)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs du of Linux");
        Tool.Require("du");
        (int code, string output, string error) = await Tool.RunAsync("du", "--summarize", "--block-size=1", directory);
        Assert.True(code == 0, error);
        return long.Parse(output.AsSpan(0, output.IndexOf('\t', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    }
}
