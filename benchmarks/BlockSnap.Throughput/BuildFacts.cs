using System.Reflection;

namespace BlockSnap.Throughput;

/// <summary>What the build says about itself.</summary>
internal static class BuildFacts
{
    private const int CommitDigits = 9;

    /// <summary>The commit that the library was built from: the build puts it behind the version.</summary>
    public static string Commit { get; } =
        typeof(DiskPool).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: > CommitDigits } commit]
            ? commit[..CommitDigits]
            : "unknown";
}
