using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Mapping;

public sealed class MapDiffTests
{
    private const int Leaves = 1500; // more nodes than the smallest cache holds
    private const long LeafBytes = 256 * 4096;

    [Fact]
    public async Task Diff_WhoseNodesAreNamedAndEvictedMeanwhile_StillTellsTheStateItBeganWith()
    {
        var options = new DiskPoolOptions { CacheBytes = 1 << 20, SegmentBytes = 1 << 20, BackgroundWork = false };
        await using TestPool test = await TestPool.CreateAsync(options);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Leaves * LeafBytes);
        using IDisk other = await test.Pool.CreateDiskAsync("other", Leaves * LeafBytes);
        WriteEachLeaf(disk);
        var extents = new List<ChangedExtent>();
        await foreach (ChangedExtent extent in test.Pool.DiffAsync(null, disk))
        {
            extents.Add(extent);
            if (extents.Count == 1)
            {
                await test.Pool.CheckpointAsync();
                WriteEachLeaf(other); // takes the frames of the nodes that the diff has yet to visit
            }
        }

        Assert.Equal(Enumerable.Range(0, Leaves).Select(leaf => new ChangedExtent(leaf * LeafBytes, 4096, ChangeKind.Data)), extents);
    }

    private static void WriteEachLeaf(IDisk disk)
    {
        for (int leaf = 0; leaf < Leaves; leaf++)
        {
            disk.Write(leaf * LeafBytes, Pattern.Bytes(4096, leaf));
        }
    }
}
