using BlockSnap.Log;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>A writer beside the closing of a pool, and checkpoints beside compaction and scrub, at the moments at which it once went wrong.</summary>
public sealed class StoreRaceTests
{
    private static readonly DiskPoolOptions s_small = PoolChoice.SmallRareCheckpoints.ToOptions();

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

    // A segment that a checkpoint took out of the table under the hands of a scrub has no counts: they were called damaged.
    [Fact]
    public async Task SegmentGoesWhileAScrubReadsIt_ItIsNotCalledDamaged()
    {
        var device = new HookedDevice(new MemoryDevice());
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        using IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        Write(disk, 0, 64, data: 1);
        Write(disk, 0, 64, data: 2);
        int checkpoints = 0;
        device.Before = (what, name) =>
        {
            if (what == "read" && name.StartsWith("data-", StringComparison.Ordinal) && checkpoints++ == 0)
            {
                pool.CheckpointAsync().Wait();
            }
        };

        ScrubReport report = await pool.ScrubAsync();

        Assert.NotEqual(0, checkpoints);
        Assert.Equal([], report.Damage.Select(static damage => damage.Message));
    }

    // The same of compaction, which left the whole file alone as damaged.
    [Fact]
    public async Task SegmentOfAContainerGoesWhileCompactionReadsIt_TheFileIsNotCalledDamaged()
    {
        var device = new HookedDevice(new MemoryDevice());
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        using IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        Write(disk, 0, 60, data: 1); // four segments, of which one block in four lives on
        for (int index = 0; index < 60; index += 4)
        {
            Write(disk, index + 1, 3, data: 2);
        }

        await pool.CheckpointAsync();
        await pool.CompactAsync();
        for (int index = 20; index < 60; index += 4)
        {
            Write(disk, index, 1, data: 3);
        }

        await pool.CheckpointAsync();
        int reads = 0;
        device.Before = (what, name) =>
        {
            if (what == "read" && name.StartsWith("data-", StringComparison.Ordinal) && reads++ == 0)
            {
                for (int index = 0; index < 12; index += 4)
                {
                    Write(disk, index, 1, data: 4);
                }

                pool.CheckpointAsync().Wait();
            }
        };

        CompactionReport report = await pool.CompactAsync();

        Assert.NotEqual(0, reads);
        Assert.Empty(report.DamagedFiles);
    }

    // A check walks the newest checkpoint. What died after it may be left out of the containers that compaction makes meanwhile: that was called
    // damaged.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompactionMovesWhileACheckWalks_WhatDiedMeanwhileIsNotCalledDamaged(bool verifyData)
    {
        var device = new HookedDevice(new MemoryDevice());
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        using IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        Write(disk, 0, 60, data: 1); // four segments, of which one block in four lives on
        bool isMoved = false;
        device.Before = (what, name) =>
        {
            if (what == "read" && name == CheckpointFiles.TableName && !isMoved)
            {
                for (int index = 0; index < 60; index += 4)
                {
                    Write(disk, index + 1, 3, data: 2);
                }

                pool.Core.Store.Ledger.DrainAll(CancellationToken.None);
                isMoved = pool.Core.Store.CompactOnce(deadShare: 0, slackBytes: 0, CancellationToken.None);
            }
        };

        CheckResult result = await pool.CheckAsync(verifyData);

        Assert.True(isMoved);
        Assert.Empty(result.Errors);
    }

    private static void Write(IDisk disk, int first, int count, int data)
    {
        for (int index = first; index < first + count; index++)
        {
            disk.Write(index * 4096L, Pattern.Bytes(4096, (1000 * data) + index));
        }
    }
}
