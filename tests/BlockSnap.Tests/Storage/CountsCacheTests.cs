using BlockSnap.Log;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Tests.Storage;

public sealed class CountsCacheTests
{
    private const int SegmentBytes = 64 << 10;
    private const int GranuleLog2 = 12;

    // Two segments whose numbers are the same in their low bits share the place of what was found last, so neither was found there, and neither was
    // marked: they were loaded again and again, though nothing was found as often.
    [Fact]
    public void Find_OfPagesThatTakeTurns_KeepsThemBeforeThoseFoundOnce()
    {
        const int Rounds = 1000;
        long[] hot = [1, 1 + 4096];
        const int Cold = 100;
        using var device = new MemoryDevice();
        using var files = new CheckpointFiles(device, SegmentBytes);
        var table = new SegmentTable();
        foreach (long number in hot.Concat(Enumerable.Range(10, Cold).Select(number => (long)number)))
        {
            table.Add(number, new SegmentFile((int)number), GranuleLog2).IsActive = false;
        }

        using var cache = new CountsCache(new Gate(), table, files, SegmentBytes, memoryMax: 5 * (SegmentBytes >> GranuleLog2));
        var loaded = new HashSet<CountsPage>();
        for (int round = 0; round < Rounds; round++)
        {
            loaded.UnionWith(hot.Select(number => cache.Find(number)!));
            cache.Find(10 + (round % Cold));
        }

        Assert.Equal(hot.Length, loaded.Count);
    }
}
