using System.Reflection;

namespace BlockSnap.Throughput;

/// <summary>What the build says about itself.</summary>
internal static class BuildFacts
{
    private const int CommitDigits = 9;

    /// <summary>The commit that the library was built from, which the build appends to the version.</summary>
    public static string Commit { get; } = ReadCommit();

    private static string ReadCommit()
    {
        string? version = typeof(DiskPool).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+') is [_, { Length: > CommitDigits } commit] ? commit[..CommitDigits] : "unknown";
    }
}
