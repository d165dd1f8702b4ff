using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>What a preview of a compaction says, beside what the compaction does.</summary>
public sealed class CompactionPreviewTests
{
    private const int SegmentBytes = 64 << 10;
    private const int BlockBytes = 4096;
    private const int Blocks = 1024;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Preview_OfSparseFiles_ForeseesWhatCompactionGivesBack_AndChangesNothing(int oneLivingOf)
    {
        await using TestPool test = await CreateAsync();
        DiskPool pool = test.Pool;
        await using IDisk disk = pool.OpenDisk("disk");
        for (int block = 0; block < Blocks; block++)
        {
            if (block % oneLivingOf != 0)
            {
                disk.Discard(block * BlockBytes, BlockBytes);
            }
        }

        await pool.CheckpointAsync();
        PoolUsage before = await pool.GetUsageAsync();
        CompactionPreview preview = await pool.PreviewCompactAsync();
        Assert.Equal(preview, await pool.PreviewCompactAsync());
        Assert.Equal(before.PhysicalBytes, (await pool.GetUsageAsync()).PhysicalBytes);

        await pool.CompactAsync();
        long freed = before.PhysicalBytes - (await pool.GetUsageAsync()).PhysicalBytes;
        Assert.InRange(preview.FreedBytes, freed - (freed / 10) - SegmentBytes, freed + (freed / 10) + SegmentBytes);
        long living = Blocks / oneLivingOf * (long)BlockBytes;
        Assert.InRange(preview.MovedBytes, living - (2 * SegmentBytes), 2 * living);
    }

    [Fact]
    public async Task Preview_OfFullFiles_ForeseesThatNothingIsMoved()
    {
        await using TestPool test = await CreateAsync();
        await test.Pool.CompactAsync();
        CompactionPreview preview = await test.Pool.PreviewCompactAsync();
        Assert.InRange(preview.MovedBytes, 0, 2 * SegmentBytes);
        Assert.InRange(preview.FreedBytes, 0, SegmentBytes);
    }

    private static async Task<TestPool> CreateAsync()
    {
        TestPool test = await TestPool.CreateAsync(new DiskPoolOptions { SegmentBytes = SegmentBytes, BackgroundWork = false });
        await using IDisk disk = await test.Pool.CreateDiskAsync("disk", Blocks * BlockBytes);
        byte[] block = new byte[BlockBytes];
        for (int i = 0; i < Blocks; i++)
        {
            block.AsSpan().Fill((byte)(1 + (i % 255)));
            disk.Write(i * BlockBytes, block);
        }

        await test.Pool.CheckpointAsync();
        return test;
    }
}
