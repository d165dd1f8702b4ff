namespace BlockSnap.Tests.Storage;

/// <summary>Faults and races that a reading of Storage and Log found: each of these failed once.</summary>
public sealed class StoreFaultTests
{
    private static readonly DiskPoolOptions s_small = new() { SegmentBytes = 64 << 10, CacheBytes = 1 << 20, WriteBufferBytes = 1 << 20, CheckpointBytes = 256 << 20, BackgroundWork = false };

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

    // Checkpoint(clean: true) leaves the log open: what is appended and flushed behind it is never replayed.
    [Fact]
    public async Task WriteFlushedWhileThePoolCloses_SurvivesOrIsRefused()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.Write(0, Pattern.Bytes(4096, 1));
        bool acknowledged = false;
        bool done = false;
        device.Before = (what, name) =>
        {
            if (!done && what == "write" && name == "superblock")
            {
                done = true;
                try
                {
                    Task.Run(() =>
                    {
                        disk.Write(4096, Pattern.Bytes(4096, 2));
                        disk.Flush();
                    }).Wait();
                    acknowledged = true;
                }
                catch (AggregateException)
                {
                }
            }
        };
        pool.Dispose();
        Assert.True(done);
        device.Before = static (_, _) => { };
        using DiskPool again = await DiskPool.OpenAsync(device, s_small);
        byte[] data = new byte[4096];
        again.OpenDisk("a").Read(4096, data);
        Assert.True(!acknowledged || data.AsSpan().SequenceEqual(Pattern.Bytes(4096, 2)), "a flushed write is gone");
    }

    // ReferenceLedger.Drain: what was taken off the queue is lost when a page of counts cannot be read, and the pool goes on.
    [Fact]
    public async Task CountsCannotBeReadOnce_PoolFaultsOrStaysRight()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        using (DiskPool first = await DiskPool.CreateAsync(device, s_small))
        {
            IDisk a = await first.CreateDiskAsync("a", 64 << 20);
            for (int i = 0; i < 300; i++)
            {
                a.Write(i * 4096L, Pattern.Bytes(4096, i));
            }
        }

        DiskPool pool = await DiskPool.OpenAsync(device, s_small);
        IDisk disk = pool.OpenDisk("a");
        for (int i = 0; i < 300; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, 1000 + i));
        }

        bool failed = false;
        device.Before = (what, name) =>
        {
            if (!failed && what == "read" && name == "counts")
            {
                failed = true;
                throw new IOException("once");
            }
        };
        await Assert.ThrowsAnyAsync<IOException>(() => pool.CompactAsync());
        Assert.True(failed);
        device.Before = static (_, _) => { };
        try
        {
            await pool.CheckpointAsync();
        }
        catch (PoolFaultedException)
        {
        }

        pool.Abandon();
        using DiskPool again = await DiskPool.OpenAsync(device, s_small);
        CheckResult check = await again.CheckAsync(verifyData: true);
        Assert.True(check.Ok, string.Join('\n', check.Errors.Take(5)));
    }

    // WriteContainer takes NamesChanged away from a flush that runs beside it and that needs the names.
    [Fact]
    public async Task FlushDuringCompaction_MakesTheNamesOfItsNewFilesDurable()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 64 << 20);
        for (int i = 0; i < 300; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, i));
        }

        for (int i = 0; i < 300; i += 2)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, 1000 + i));
        }

        bool lost = false;

        // While compaction reads, a writer opens new segment files; while it writes its container, the writer flushes.
        bool inside = false;
        bool namesFlushed = false;
        int writes = 0;
        device.Before = (what, name) =>
        {
            namesFlushed |= what == "names";
            if (what == "read" && !inside && writes < 50 && name.StartsWith("data-", StringComparison.Ordinal))
            {
                int at = 1000 + (20 * writes++);
                Task.Run(() => disk.Write(at * 4096L, Pattern.Bytes(20 * 4096, at))).Wait();
            }

            if (what == "length" && !inside)
            {
                inside = true;
                namesFlushed = false;
                Task.Run(disk.Flush).Wait();
                lost = !namesFlushed;
            }
        };
        await pool.CompactAsync();
        Assert.True(inside);
        Assert.False(lost, "the flush returned before the names of files it covers were durable");
        pool.Abandon();
    }

    // A check that could not read one place of a table page noted the other one, the older, as the valid one; the next checkpoint then wrote over the newer.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task CheckThatCannotReadTheTable_LeavesTheValidPagesAlone(int rounds)
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int i = 0; i < rounds; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, i));
            await pool.CheckpointAsync();
            int reads = 0;
            device.Before = (what, name) => _ = what == "read" && name == "segments" && ++reads == 2 ? throw new IOException("once") : 0;
            await Assert.ThrowsAnyAsync<IOException>(() => pool.CheckAsync());
        }

        device.Before = static (what, name) => _ = what == "write" && name.StartsWith("superblock", StringComparison.Ordinal) ? throw new IOException("cut") : 0;
        disk.Write(0, Pattern.Bytes(4096, 9));
        await Assert.ThrowsAnyAsync<IOException>(() => pool.CheckpointAsync());
        pool.Abandon();
        device.Before = static (_, _) => { };
        using DiskPool opened = await DiskPool.OpenAsync(device, s_small);
        Assert.True((await opened.CheckAsync(verifyData: true)).Ok);
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
                if (file.Read(at, page) == page.Length && BlockSnap.Format.BatchHeader.TryDecode(page, out BlockSnap.Format.BatchHeader header) && header.IsLast)
                {
                    file.Write(at + 20, [0xAA, 0x55]);
                    damaged = true;
                }
            }
        }

        Assert.True(damaged);
        await Assert.ThrowsAsync<PoolCorruptedException>(() => DiskPool.OpenAsync(medium, s_small));
    }

    private static long LastSegment(IStorageDevice medium) => medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)).Max(name =>
    {
        using IDeviceFile file = medium.Open(name, DeviceFileMode.Open);
        byte[] page = new byte[4096];
        return file.Read(0, page) == page.Length && BlockSnap.Format.SegmentHeader.TryDecode(page, out BlockSnap.Format.SegmentHeader header) ? header.Segment : 0;
    });

    // A node that could not be read for its release kept its blocks until the pool was opened again.
    [Theory]
    [InlineData("Error")]
    [InlineData("FlippedBit")]
    public async Task ReleaseThatCouldNotReadItsNodes_GoesOnWhenTheyCanBeRead(string fault)
    {
        const int Snapshots = 40; // each with nodes of its own: more than are tried again at once
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Read, 1, forever: true) { Fault = Enum.Parse<DeviceFault>(fault), IsArmed = false };
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 1L << 40);
        disk.Write(0, Pattern.Bytes(4096, 1));
        await pool.CompactAsync();
        long before = (await pool.GetUsageAsync()).ReferencedBytes;
        for (int i = 0; i < Snapshots; i++)
        {
            disk.Write(i << 20, Pattern.Bytes(4096, i));
            await disk.Chain.CreateAsync($"s{i}");
        }

        disk.Discard(4096, disk.Size - 4096);
        disk.Write(0, Pattern.Bytes(4096, 1));
        await pool.CheckpointAsync();
        await disk.Chain.DeleteAsync([.. Enumerable.Range(0, Snapshots).Select(i => $"s{i}")]);
        device.IsArmed = true;
        await pool.CheckpointAsync();
        await pool.CompactAsync();
        Assert.True(device.HasFailed);
        Assert.InRange((await pool.GetUsageAsync()).ReferencedBytes, before + 1, long.MaxValue);

        device.IsArmed = false;
        for (int tries = 0; tries < Snapshots; tries++)
        {
            await pool.CompactAsync();
        }

        Assert.Equal(before, (await pool.GetUsageAsync()).ReferencedBytes);
        Assert.True((await pool.CheckAsync(verifyData: true)).Ok);
    }

    // A file that could not be read once was passed over by every compaction until the pool was opened again.
    [Theory]
    [InlineData("Error")]
    [InlineData("FlippedBit")]
    public async Task FileThatCompactionCouldNotRead_IsMovedByTheNextOneThatCan(string fault)
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Read, 1, forever: true) { Fault = Enum.Parse<DeviceFault>(fault), IsArmed = false };
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 4 << 20);
        for (int i = 0; i < 200; i++)
        {
            disk.Write(i * 4096, Pattern.Bytes(4096, i));
        }

        for (int i = 0; i < 200; i += 2)
        {
            disk.Discard(i * 4096, 4096);
        }

        device.IsArmed = true;
        Assert.NotEmpty((await pool.CompactAsync()).DamagedFiles);
        device.IsArmed = false;
        Assert.Empty((await pool.CompactAsync()).DamagedFiles);
        Assert.InRange((await pool.GetUsageAsync()).DeadBytes, 0, 2 * s_small.SegmentBytes);
        Assert.True((await pool.CheckAsync(verifyData: true)).Ok);
    }
}
