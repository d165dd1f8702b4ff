namespace BlockSnap.Throughput;

/// <summary>
/// Seeds, a new one each time, the same ones in each run. Two patterns with one seed would write the same data to the same places, and a
/// pool may notice that nothing changed.
/// </summary>
internal static class Seeds
{
    private static ulong _last = 100;

    public static ulong Next() => Interlocked.Increment(ref _last);
}
