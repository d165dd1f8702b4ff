using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>What compaction gives back of files that are hard to move, and when somebody waits for space.</summary>
public sealed class CompactionTests
{
    private const int SegmentBytes = 64 << 10;

    private static readonly DiskPoolOptions s_options = new() { SegmentBytes = SegmentBytes, WriteBufferBytes = 2 << 20, BackgroundWork = false };

    // A container that is full of padded blocks seemed to be nearly empty. It was chosen first, left no room for others, and could not be made
    // smaller: so nothing was moved any more.
    [Fact]
    public async Task Compact_ContainerFullOfPaddedBlocks_KeepsNoOtherFileFromBeingMoved()
    {
        const int Small = 512;
        using var device = new MemoryDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(device, s_options);
        IDisk large = await pool.CreateDiskAsync("large", 1 << 20);
        large.WriteBlock(0, seed: 1); // opens a segment of granules of 4 KiB
        IDisk small = await pool.CreateDiskAsync("small", 1 << 20, new BlockSize(Small));
        for (int index = 0; index < 11; index++)
        {
            small.Write(index * Small, Pattern.Bytes(Small, index + 1));
        }

        for (int index = 0; index < 100; index++)
        {
            large.WriteBlock(index, seed: index + 100);
        }

        await pool.CompactAsync();
        for (int index = 0; index < 100; index += 2)
        {
            large.WriteBlock(index, seed: index + 1000);
        }

        await pool.CompactAsync();
        PoolUsage usage = await pool.GetUsageAsync();
        Assert.InRange(usage.DeadBytes, 0, 3 * SegmentBytes);
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Write_RefusedForWantOfSpace_LeavesLittleThatIsDead()
    {
        const int Capacity = 24 * SegmentBytes;
        using var device = new MemoryDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(device, s_options with { CapacityBytes = Capacity });
        IDisk disk = await pool.CreateDiskAsync("vm", 16 << 20);
        int written = 0;
        try
        {
            for (; ; written++)
            {
                disk.WriteBlock(written, seed: written);
                disk.WriteBlock(written * 7 % (written + 1), seed: written + 10_000);
            }
        }
        catch (PoolFullException)
        {
            PoolUsage usage = await pool.GetUsageAsync();
            Assert.InRange(usage.DeadBytes, 0, 2 * SegmentBytes);
            Assert.True(written > 100, $"refused after {written} blocks");
        }
    }

    // A flush of the log waits for what the device has been given: never for a whole container.
    [Fact]
    public async Task Compact_FlushesEachMebibyteOfAContainer()
    {
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        var options = new DiskPoolOptions { SegmentBytes = 4 << 20, BackgroundWork = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options);
        IDisk disk = await pool.CreateDiskAsync("disk", 32 << 20);
        for (int index = 0; index < 4096; index++)
        {
            disk.WriteBlock(index, seed: index);
        }

        disk.Flush();
        for (int index = 0; index < 4096; index += 2)
        {
            disk.WriteBlock(index, seed: index + 10_000);
        }

        await pool.CheckpointAsync();
        long waiting = 0;
        long most = 0;
        device.BeforeWrite = (name, _, length) => waiting += name.StartsWith("data-", StringComparison.Ordinal) ? length : 0;
        device.Before = (call, _) =>
        {
            most = Math.Max(most, waiting);
            waiting = call == "flush" ? 0 : waiting;
        };

        await pool.CompactAsync();

        Assert.Equal(1 << 20, most);
    }

    [Fact]
    public async Task SegmentsAfterTheLastDiskOfSmallBlocks_HaveLargeGranulesAgain()
    {
        using var device = new MemoryDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(device, s_options);
        await pool.CreateDiskAsync("large", 1 << 20);
        await pool.CreateDiskAsync("small", 1 << 20, new BlockSize(512));
        Assert.Equal(9, pool.Core.Store.Log.GranuleLog2);

        await pool.DeleteDiskAsync("small");
        Assert.Equal(12, pool.Core.Store.Log.GranuleLog2);
    }
}
