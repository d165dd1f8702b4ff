using System.Buffers.Binary;
using System.Globalization;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs on a whole pool.</summary>
internal static class PoolVerbs
{
    private const int BlockBytes = 4096;
    private const int Blocks = 64;

    /// <summary>Writes a stamped block and flushes it, <paramref name="count"/> times: steps "flush 1", "flush 2" ...</summary>
    public static void Flush(string directory, int count)
    {
        DiskPool pool = DiskPool.OpenOrCreateAsync(directory, Options()).GetAwaiter().GetResult();
        IDisk disk = pool.ListDisks().Count == 0 ? pool.CreateDiskAsync("a", 1 << 20).GetAwaiter().GetResult() : pool.OpenDisk("a");
        byte[] block = new byte[BlockBytes];
        for (int i = 1; i <= count; i++)
        {
            Step.Run($"flush {i}", () =>
            {
                Stamp(block, i);
                disk.Write((long)i * BlockBytes, block);
                disk.Flush();
            });
        }

        Step.Run("close", pool.Dispose);
    }

    /// <summary>
    /// Writes <paramref name="count"/> stamped blocks, or until it is killed: write N puts N into block (N * 7) modulo 64. It goes on behind
    /// the newest write it finds, and says "ready" when it begins, "flushed N" when a flush has made the first N writes durable, "snapshot N"
    /// when snapshot "sN" of them is, "deleting N" before and "deleted N" after it goes, "done" at the end. Clones, checkpoints and compactions come in between.
    /// </summary>
    public static void WriteUntilKilled(string directory, int seed, int count)
    {
        var random = new Random(seed);
        using DiskPool pool = DiskPool.OpenOrCreateAsync(directory, Options()).GetAwaiter().GetResult();
        IDisk disk = pool.ListDisks().Any(known => known.Name == "a") ? pool.OpenDisk("a") : pool.CreateDiskAsync("a", Blocks * BlockBytes).GetAwaiter().GetResult();
        var snapshots = new Queue<int>(disk.Chain.Snapshots.Select(snapshot => int.Parse(snapshot.Name[1..], CultureInfo.InvariantCulture)));
        byte[] block = new byte[BlockBytes];
        int newest = NewestStamp(disk, block);
        Say("ready");
        for (int write = newest + 1; write <= newest + count; write++)
        {
            Stamp(block, write);
            disk.Write(write * 7 % Blocks * BlockBytes, block);
            if (random.Next(8) == 0)
            {
                disk.Flush();
                Say($"flushed {write}");
            }

            switch (random.Next(160))
            {
                case < 4:
                    disk.Chain.CreateAsync($"s{write}").GetAwaiter().GetResult();
                    snapshots.Enqueue(write);
                    Say($"snapshot {write}");
                    break;
                case < 6 when snapshots.Count > 0:
                    CloneOrDelete(pool, disk, $"s{snapshots.Peek()}", write);
                    break;
                case < 8:
                    pool.CheckpointAsync().GetAwaiter().GetResult();
                    break;
                case < 9:
                    pool.CompactAsync().GetAwaiter().GetResult();
                    break;
                default:
                    break;
            }

            if (snapshots.Count > 3)
            {
                int gone = snapshots.Dequeue();
                Say($"deleting {gone}");
                disk.Chain.DeleteAsync([$"s{gone}"], force: true).GetAwaiter().GetResult();
                Say($"deleted {gone}");
            }
        }

        pool.Dispose();
        Say("done");
    }

    /// <summary>Takes a snapshot of disk "a", makes a checkpoint and closes the pool: step "snapshot".</summary>
    public static void Snapshot(string directory, string name) => Step.Run("snapshot", () =>
    {
        using DiskPool pool = DiskPool.OpenAsync(directory).GetAwaiter().GetResult();
        using IDisk disk = pool.OpenDisk("a");
        disk.Chain.CreateAsync(name).GetAwaiter().GetResult();
        pool.CheckpointAsync().GetAwaiter().GetResult();
    });

    /// <summary>Fills a block with one number, so that a mix of two writes shows.</summary>
    public static void Stamp(Span<byte> block, long number)
    {
        for (int at = 0; at < block.Length; at += sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(block[at..], number);
        }
    }

    // A clone, or when there is one its end.
    private static void CloneOrDelete(DiskPool pool, IDisk disk, string snapshot, int write)
    {
        if (pool.ListDisks().FirstOrDefault(known => known.Name != "a") is { } clone)
        {
            pool.DeleteDiskAsync(clone.Name).GetAwaiter().GetResult();
            return;
        }

        using IDisk made = disk.Chain.CloneAsync(snapshot, $"clone{write}").GetAwaiter().GetResult();
        byte[] block = new byte[BlockBytes];
        made.Write(0, block);
    }

    private static int NewestStamp(IDisk disk, byte[] block)
    {
        long newest = 0;
        for (int index = 0; index < Blocks; index++)
        {
            disk.Read(index * BlockBytes, block);
            newest = Math.Max(newest, BinaryPrimitives.ReadInt64LittleEndian(block));
        }

        return (int)newest;
    }

    private static DiskPoolOptions Options() => new() { SegmentBytes = 64 << 10, CacheBytes = 1 << 20, CheckpointBytes = 256 << 10, WriteBufferBytes = 2 << 20 };

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
