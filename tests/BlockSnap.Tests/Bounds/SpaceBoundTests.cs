using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Bounds;

/// <summary>Space is bounded while a pool runs: dead space waits for a checkpoint and is then compacted down to the tolerated share.</summary>
public sealed class SpaceBoundTests(ITestOutputHelper output)
{
    private const int SegmentBytes = 64 << 10;
    private const int CheckpointKiB = 256;
    private const double DeadShare = 0.15;

    // Log since the last checkpoint and the one under way; the container, spare files and the active segment; nodes and counts.
    private const long Constant = (2 * CheckpointKiB << 10) + (12 * SegmentBytes);

    [Fact]
    public async Task OverwritingADiskAtRandom_KeepsPhysicalBytesBounded()
    {
        const int Blocks = 1024;
        var medium = new CrashableDevice();
        using DiskPool pool = CrashChoice.Create(medium, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", Blocks * 4096);
        var random = new Random(1);
        double worst = 0;
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
        output.WriteLine($"at most {worst:P0} of the bound");
    }
}
