using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Bounds;

/// <summary>Compaction comes to an end.</summary>
public sealed class CompactionBoundTests
{
    [Fact]
    public async Task Compact_SmallBlocksInASegmentOfBigGranules_Ends()
    {
        // The first segment is cut for blocks of 4 KiB. The blocks of 512 bytes that come to lie in it fill a granule each, so that a
        // container of them is as big as the one before: it was moved for ever.
        int containers = 0;
        var medium = new CrashableDevice();
        using DiskPool pool = CrashChoice.Create(medium);
        await pool.CreateDiskAsync("a", 1 << 20);
        IDisk tiny = await pool.CreateDiskAsync("tiny", 1 << 20, new BlockSize(512));
        IDisk other = await pool.CreateDiskAsync("b", 1 << 20);
        for (int index = 0; index < 8; index++)
        {
            tiny.WriteBlock(index, index);
        }

        for (int index = 0; index < 40; index++)
        {
            other.WriteBlock(index, index);
        }

        other.Discard(0, other.Size);
        await pool.CheckpointAsync();
        medium.Before = (call, _) => Assert.True(call != DeviceCall.SetLength || ++containers < 20, "20 containers were written for a few blocks");
        await pool.CompactAsync();
        await pool.AssertSoundAsync();
    }

    // A container of one block is no smaller in another one, taken by itself. So they stayed, one for each round, until a full pool had nothing else.
    [Fact]
    public async Task Compact_ManySmallContainers_BecomeOne()
    {
        var medium = new CrashableDevice();
        using DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int round = 0; round < 12; round++)
        {
            disk.WriteBlock(round, round); // stays, in a segment of blocks that go
            for (int index = 100; index < 115; index++)
            {
                disk.WriteBlock(index, index);
            }

            disk.Discard(100 * 4096, 15 * 4096);
            await pool.CompactAsync();
        }

        Assert.InRange(medium.List().Count(name => name.StartsWith("data-", StringComparison.Ordinal)), 1, 6);
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Compact_BesideAWriterThatNeverStops_Ends()
    {
        await using TestPool test = await TestPool.CreateAsync(new DiskPoolOptions { SegmentBytes = 64 << 10, BackgroundWork = false });
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 1 << 20);
        var random = new Random(1);
        void Overwrite(int blocks)
        {
            for (int i = 0; i < blocks; i++)
            {
                disk.WriteBlock(random.Next(256), random.Next());
            }
        }

        Overwrite(2000);
        int steps = 0;
        await test.Pool.CompactAsync(new Reports(_ =>
        {
            Assert.True(++steps < 500, "500 steps for a disk of 16 segments");
            Overwrite(40);
        }));
        Assert.InRange(steps, 1, 500);
        await test.Pool.AssertSoundAsync();
    }
}
