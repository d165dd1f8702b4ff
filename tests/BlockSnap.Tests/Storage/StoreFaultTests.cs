using BlockSnap.Format;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>Writes that fail, or end, at places where it once went wrong: nothing that was acknowledged is gone, and the pool opens.</summary>
public sealed class StoreFaultTests
{
    private static readonly DiskPoolOptions s_small = PoolChoice.SmallRareCheckpoints.ToOptions();

    // LogWriter.EnsureSegment: BeforeFirstAppend is forgotten before it ran, and its failure faults nothing.
    [Fact]
    public async Task MarkUncleanFailsOnce_LaterFlushedWriteSurvivesOrIsRefused()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        await using (DiskPool first = await DiskPool.CreateAsync(device, s_small))
        {
            (await first.CreateDiskAsync("a", 1 << 20)).Write(0, Pattern.Bytes(4096, 1));
        }

        DiskPool pool = await DiskPool.OpenAsync(device, s_small);
        IDisk disk = pool.OpenDisk("a");
        bool failed = false;
        device.Before = (what, name) =>
        {
            if (!failed && what == "write" && name == "superblock")
            {
                failed = true;
                throw new IOException("once");
            }
        };
        Assert.ThrowsAny<IOException>(() => disk.Write(4096, Pattern.Bytes(4096, 2)));
        bool acknowledged = true;
        try
        {
            disk.Write(8192, Pattern.Bytes(4096, 3));
            await pool.FlushAsync();
        }
        catch (IOException)
        {
            acknowledged = false;
        }

        device.Before = static (_, _) => { };
        pool.Abandon();
        using DiskPool again = await DiskPool.OpenAsync(device, s_small);
        byte[] data = new byte[4096];
        again.OpenDisk("a").Read(8192, data);
        Assert.True(!acknowledged || data.AsSpan().SequenceEqual(Pattern.Bytes(4096, 3)), "a flushed write is gone");
    }

    // CheckpointFiles.ReadTable: a page of a checkpoint that never became valid has the sequence of the one that recovery makes.
    [Fact]
    public async Task CrashBetweenTableAndSuperblock_PoolOpensAfterTheRecoveryCheckpoint()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 64 << 20);
        for (int i = 0; i < 200 * 14; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, i)); // about 200 segments: several pages of the table
        }

        await pool.CheckpointAsync();
        for (int i = 0; i < 20 * 14; i += 2)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, 9000 + i)); // dead blocks in the first page's segments
        }

        await pool.CheckpointAsync();
        int superblocks = 0;
        bool cut = false;
        device.Before = (what, name) =>
        {
            // The first compaction round, then a checkpoint that stops before its superblock.
            if (cut || (what == "write" && name == "superblock" && ++superblocks == 2))
            {
                cut = true;
                throw new IOException("cut");
            }
        };
        await Assert.ThrowsAnyAsync<IOException>(() => pool.CompactAsync());
        Assert.True(cut);
        pool.Abandon();
        device.Before = static (_, _) => { };
        using (DiskPool recovered = await DiskPool.OpenAsync(device, s_small))
        {
            Assert.True((await recovered.CheckAsync()).Ok);
        }

        using DiskPool again = await DiskPool.OpenAsync(device, s_small);
        Assert.True((await again.CheckAsync()).Ok);
    }

    // Create: a crash before the first superblock is durable leaves a file that nothing opens and nothing creates over.
    [Fact]
    public async Task CrashWhileCreating_OpenOrCreateWorks()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium)
        {
            Before = (what, name) =>
            {
                if (what == "write")
                {
                    throw new IOException("cut");
                }
            },
        };
        await Assert.ThrowsAnyAsync<IOException>(() => DiskPool.CreateAsync(device, s_small));
        device.Before = static (_, _) => { };
        using DiskPool pool = await DiskPool.OpenOrCreateAsync(device, s_small);
    }

    // Recovery gave the same segment numbers again when it was cut off before its superblock (I13).
    [Fact]
    public async Task RecoveryCutShort_TheNextGivesOtherSegmentNumbers()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        (await pool.CreateDiskAsync("a", 1 << 20)).Write(0, Pattern.Bytes(4096, 1));
        await pool.FlushAsync();
        pool.Abandon();
        long last = LastSegment(medium);
        for (int round = 0; round < 3; round++)
        {
            // The table is written when the log was: the number is on the device, and no checkpoint names it.
            device.Before = static (what, name) => _ = what == "write" && name == "segments" ? throw new IOException("cut") : 0;
            await Assert.ThrowsAnyAsync<IOException>(() => DiskPool.OpenAsync(device, s_small));
            Assert.True(LastSegment(medium) > last, $"round {round} gave segment {last} again");
            last = LastSegment(medium);
        }

        device.Before = static (_, _) => { };
        using DiskPool recovered = await DiskPool.OpenAsync(device, s_small);
        Assert.True((await recovered.CheckAsync(verifyData: true)).Ok);
    }

    [Fact]
    public async Task LastBatchOfADurableSegmentIsDamaged_OpeningRefuses()
    {
        using var medium = new MemoryDevice();
        DiskPool pool = await DiskPool.CreateAsync(medium, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 64 << 20);
        for (int i = 0; i < 60; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, i));
            disk.Flush();
        }

        pool.Abandon();
        bool damaged = false;
        foreach (string name in medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
        {
            using IDeviceFile file = medium.Open(name, DeviceFileMode.Open);
            byte[] page = new byte[4096];
            for (int at = 4096; !damaged && at < 64 << 10; at += 4096)
            {
                if (file.Read(at, page) == page.Length && BatchHeader.TryDecode(page, out BatchHeader header) && header.IsLast)
                {
                    file.Write(at + 20, [0xAA, 0x55]);
                    damaged = true;
                }
            }
        }

        Assert.True(damaged);
        await Assert.ThrowsAsync<PoolCorruptedException>(() => DiskPool.OpenAsync(medium, s_small));
    }

    private static long LastSegment(IStorageDevice medium) =>
        medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)).Max(name => SegmentIn(medium, name));

    private static long SegmentIn(IStorageDevice medium, string name)
    {
        using IDeviceFile file = medium.Open(name, DeviceFileMode.Open);
        byte[] page = new byte[4096];
        return file.Read(0, page) == page.Length && SegmentHeader.TryDecode(page, out SegmentHeader header) ? header.Segment : 0;
    }
}
