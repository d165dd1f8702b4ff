using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Disks;

/// <summary>A disk shrinks to a size inside a block: the end of the block and the rest of the disk go in one step.</summary>
public sealed class ShrinkTests
{
    private const int Block = 4096;
    private const int Size = 200 * Block;
    private const int Smaller = (3 * Block) + 100;

    /// <summary>
    /// The shrink comes behind so many other records that it meets the last places in a batch; each call to the device is a crash.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PowerCutAtAnyCall_LeavesTheDiskThatItWasOrTheSmallerOne(bool isFirstPartZero)
    {
        byte[] before = Pattern.Bytes(Block, seed: 1);
        before.AsSpan(0, isFirstPartZero ? Smaller % Block : 0).Clear();
        byte[] after = CutOff(before);
        int[] seen = [0, 0];
        for (int others = 118; others < 128; others++)
        {
            var medium = new CrashableDevice();
            DiskPool pool = CrashChoice.Create(medium);
            using IDisk disk = await pool.CreateDiskAsync("disk", Size);
            disk.Write(3 * Block, before);
            disk.Flush();
            for (int other = 0; other < others; other++)
            {
                disk.Discard((10 + other) * Block, Block); // one record
            }

            int calls = 0;
            medium.Before = (_, _) =>
            {
                foreach ((CrashMode mode, int seed) in new CrashEffort(1, Subsets: 4, 0, 0).Variants(calls++, medium.UnsyncedCount))
                {
                    bool isShrunk = AssertOneOf(medium.CrashState(mode, seed), before, after, $"{others} others, call {calls}, {mode} {seed}");
                    seen[isShrunk ? 1 : 0]++;
                }
            };
            disk.Resize(Smaller);
            medium.Before = null;
            pool.Abandon();
        }

        Assert.All(seen, count => Assert.InRange(count, 10, int.MaxValue));
    }

    [Fact]
    public async Task WriteWhileItReads_IsKeptBeforeTheEndAndGoneBehindIt()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", Size);
        disk.WriteBlock(3, seed: 1);
        disk.Flush();
        byte[] late = Pattern.Bytes(Block, seed: 2);
        int reads = 0;
        device.Before = (what, _) =>
        {
            if (what == "read" && reads++ == 0)
            {
                disk.Write(3 * Block, late);
            }
        };

        disk.Resize(Smaller);
        disk.Resize(Size);

        Assert.Equal(1, reads); // what came meanwhile is still in the buffer
        Assert.Equal(CutOff(late), disk.ReadBytes(3 * Block, Block));
    }

    private static byte[] CutOff(byte[] block) => [.. block[..(Smaller % Block)], .. new byte[Block - (Smaller % Block)]];

    private static bool AssertOneOf(CrashableDevice left, byte[] before, byte[] after, string where)
    {
        DiskPool pool = CrashChoice.Open(left);
        using IDisk disk = pool.OpenDisk("disk");
        bool isShrunk = disk.Size == Smaller;
        Assert.True(isShrunk || disk.Size == Size, where);
        disk.Resize(Size);
        Assert.True(disk.ReadBytes(3 * Block, Block).AsSpan().SequenceEqual(isShrunk ? after : before), $"{where}, {(isShrunk ? "shrunk" : "not shrunk")}");
        pool.Abandon();
        return isShrunk;
    }
}
