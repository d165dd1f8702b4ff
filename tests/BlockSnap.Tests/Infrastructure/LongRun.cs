namespace BlockSnap.Tests.Infrastructure;

/// <summary>Whether a run takes every call and variant instead of a sample, and as many rounds as tests/README.md tells: BLOCKSNAP_CRASH_ALL=1.</summary>
internal static class LongRun
{
    public static bool IsAsked { get; } = Environment.GetEnvironmentVariable("BLOCKSNAP_CRASH_ALL") == "1";
}
