namespace BlockSnap.Tests.Storage;

public sealed class BlockStoreSpaceTests
{
    // The batch that calls the flush durable was appended, to room that only a publication may take.
    [Fact]
    public void Flush_WithoutAReserve_AppendsNothing()
    {
        const int SegmentBytes = 4 << 20;
        using var device = new CrashableDevice();
        using BlockStore store = BlockStore.OpenOrCreate(device, new BlockStoreOptions { SegmentBytes = SegmentBytes });
        store.Put(Pattern.Bytes(512, seed: 1));
        device.CapacityBytes = (3 * SegmentBytes) + (SegmentBytes / 2); // two segments, and one of the two files to be held for a publication
        Assert.Throws<PoolFullException>(() => Fill(store));
        Assert.False(store.Inner.HoldsReserve(nodes: 0));

        long appended = store.Inner.Log.AppendedBytes;
        store.Flush();

        Assert.Equal(appended, store.Inner.Log.AppendedBytes);
        Assert.InRange(store.Inner.Log.RoomInSegment, 4096, SegmentBytes);
    }

    private static void Fill(BlockStore store)
    {
        for (int seed = 2; ; seed++)
        {
            store.Put(Pattern.Bytes(4096, seed));
        }
    }
}
