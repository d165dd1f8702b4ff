using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Bounds;

/// <summary>Space is bounded while a pool runs: dead space waits for a checkpoint and is then compacted down to the tolerated share.</summary>
public sealed class SpaceBoundTests(ITestOutputHelper output)
{
    // Heads of segments and batches take up to 12 KiB of a segment, which is a fifth of the smallest one and no share worth naming of
    // the default: this size is between the two.
    private const int SegmentBytes = 256 << 10;
    private const int CheckpointBytes = 512 << 10;
    private const double DeadShare = 0.15;

    // Log since the last checkpoint and of the one under way. The active segment, the slack of compaction, four spare files; map nodes,
    // counts and the table, the rest for the rounding of all these.
    private const long Constant = (2 * CheckpointBytes) + (16 * SegmentBytes);

    [Fact]
    public async Task OverwritingADiskAtRandom_KeepsPhysicalBytesBounded()
    {
        const int Blocks = 4096;
        var medium = new CrashableDevice();
        using DiskPool pool = await DiskPool.CreateAsync(medium, new DiskPoolOptions
        {
            SegmentBytes = SegmentBytes,
            CacheBytes = 1 << 20,
            CheckpointBytes = CheckpointBytes,
            WriteBufferBytes = 2 << 20,
            DeadShare = DeadShare,
            BackgroundWork = false,
        });
        IDisk disk = await pool.CreateDiskAsync("a", Blocks * 4096);
        var random = new Random(1);
        double worst = 0;
        double worstShare = 0;
        long liveBefore = 0;
        long seed = 0;
        for (int pass = 0; pass < 20; pass++)
        {
            for (int i = 0; i < Blocks; i++)
            {
                disk.WriteBlock(random.Next(Blocks), ++seed);
                if (i % 128 == 0)
                {
                    disk.Flush();
                    PoolUsage usage = await pool.GetUsageAsync();

                    // What a delete frees comes back with the checkpoints that follow it.
                    long live = Math.Max(usage.ReferencedBytes, liveBefore);
                    liveBefore = usage.ReferencedBytes;
                    double bound = (live * (1 + DeadShare)) + Constant;
                    long physical = Math.Max(usage.PhysicalBytes, medium.Bytes);
                    worst = Math.Max(worst, physical / bound);
                    worstShare = pass < 3 ? 0 : Math.Max(worstShare, physical / (double)live);
                    Assert.True(physical <= bound, $"pass {pass}, write {i}: {physical} bytes for {live} live ones, the bound is {bound}");
                }
            }

            await disk.Chain.CreateAsync($"s{pass}");
            if (pass >= 3)
            {
                liveBefore = (await pool.GetUsageAsync()).ReferencedBytes;
                await disk.Chain.DeleteAsync([$"s{pass - 3}"]);
            }
        }

        await pool.AssertSoundAsync();
        output.WriteLine($"at most {worst:P0} of the bound, {worstShare:F2} times the live bytes");
    }
}
