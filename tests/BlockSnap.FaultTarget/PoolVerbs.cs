using System.Buffers.Binary;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs on a whole pool.</summary>
internal static class PoolVerbs
{
    private const int BlockBytes = 4096;
    private const int Blocks = 64;
    private const int KillOperations = 1_000_000;

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
    /// Writes stamped blocks until it is killed: write N puts N into block (N * 7) modulo 64. It says "flushed N" when a flush has made
    /// the first N writes durable, "snapshot N" when snapshot "sN" of them is, "deleting N" before and "deleted N" after it goes.
    /// </summary>
    public static void WriteUntilKilled(string directory, int seed)
    {
        var random = new Random(seed);
        DiskPool pool = DiskPool.OpenOrCreateAsync(directory, Options()).GetAwaiter().GetResult();
        IDisk disk = pool.CreateDiskAsync("a", Blocks * BlockBytes).GetAwaiter().GetResult();
        var snapshots = new Queue<int>();
        byte[] block = new byte[BlockBytes];
        Say("ready");
        for (int write = 1; write < KillOperations; write++)
        {
            Stamp(block, write);
            disk.Write(write * 7 % Blocks * BlockBytes, block);
            if (random.Next(8) == 0)
            {
                disk.Flush();
                Say($"flushed {write}");
            }

            if (random.Next(40) == 0)
            {
                disk.Chain.CreateAsync($"s{write}").GetAwaiter().GetResult();
                snapshots.Enqueue(write);
                Say($"snapshot {write}");
            }

            if (snapshots.Count > 3)
            {
                int gone = snapshots.Dequeue();
                Say($"deleting {gone}");
                disk.Chain.DeleteAsync([$"s{gone}"]).GetAwaiter().GetResult();
                Say($"deleted {gone}");
            }
        }
    }

    private static DiskPoolOptions Options() => new() { SegmentBytes = 64 << 10, CacheBytes = 1 << 20, CheckpointBytes = 256 << 10, WriteBufferBytes = 1 << 20 };

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static void Stamp(Span<byte> block, long number)
    {
        for (int at = 0; at < block.Length; at += sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(block[at..], number);
        }
    }
}
