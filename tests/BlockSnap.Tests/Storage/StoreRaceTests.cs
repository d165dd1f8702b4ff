using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>A writer beside the closing of a pool and beside compaction, at the moments at which it once lost what was flushed.</summary>
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
}
