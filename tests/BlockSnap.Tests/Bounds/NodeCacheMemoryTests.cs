using BlockSnap.Mapping;

namespace BlockSnap.Tests.Bounds;

/// <summary>The node cache takes memory for the frames it has, and no more.</summary>
public sealed class NodeCacheMemoryTests
{
    [Fact]
    public void Reserve_SlabAfterSlab_AllocatesInProportionToTheFrames()
    {
        using var cache = new NodeCache(256 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int frames = 256; frames <= 16 << 10; frames += 256)
        {
            cache.Reserve(256);
            for (int i = 0; i < 256; i++)
            {
                cache.TakeVolatile(1, 1, 1);
            }
        }

        // 16,384 frames' facts, doubled as they grow: a few MiB. Doubling with each slab would be 2^64.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 8 << 20);
    }
}
