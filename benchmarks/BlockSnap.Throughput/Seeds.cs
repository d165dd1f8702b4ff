namespace BlockSnap.Throughput;

/// <summary>
/// Seeds: each call gives a new one, and each run the same ones. Two patterns with the same seed would write the same data to the same places,
/// and a pool may notice that nothing changes.
/// </summary>
internal static class Seeds
{
    private static ulong _last = 100;

    public static ulong Next() => Interlocked.Increment(ref _last);
}
