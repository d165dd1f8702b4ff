using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs for a process that is short of descriptors, memory or threads, on a pool with disk "a" of which block I was stamped with I + 1.</summary>
internal static class ScarceVerbs
{
    private const int BlockBytes = 4096;
    private const int Rounds = 20;

    // Of a block whose write failed: it may have happened all the same.
    private const long Either = -1;

    /// <summary>
    /// Reads all blocks, stamps every other one with I + 1 + blocks, flushes now and then, reads again, takes a snapshot, checks the pool and closes it:
    /// steps "open", "read", "write", "flush", "read-again", "snapshot", "check", "close". Whatever fails, the next one is tried.
    /// </summary>
    public static void Work(string directory)
    {
        DiskPool? pool = null;
        Step.Run("open", () => pool = DiskPool.OpenAsync(directory).GetAwaiter().GetResult());
        if (pool is null)
        {
            return;
        }

        IDisk disk = pool.OpenDisk("a");
        int blocks = (int)(disk.Size / BlockBytes);
        int written = -1; // the last block whose write was acknowledged
        byte[] block = new byte[BlockBytes];
        Step.Run("read", () => Verify(index => index + 1));
        Step.Run("write", () =>
        {
            for (int index = 1; index < blocks; index += 2)
            {
                PoolVerbs.Stamp(block, index + 1 + blocks);
                disk.Write((long)index * BlockBytes, block);
                written = index;
                if (index % 64 == 63)
                {
                    disk.Flush(); // A file with unsynced bytes stays open.
                }
            }
        });
        Step.Run("flush", disk.Flush);
        Step.Run("read-again", () => Verify(index => index == written + 2 ? Either : index % 2 == 0 || index > written ? index + 1 : index + 1 + blocks));
        Step.Run("snapshot", () => disk.Chain.CreateAsync("s1").GetAwaiter().GetResult());
        Step.Run("check", () =>
        {
            CheckResult result = pool.CheckAsync(verifyData: true).GetAwaiter().GetResult();
            if (!result.Ok)
            {
                throw new InvalidDataException(string.Join(' ', result.Errors));
            }
        });
        Step.Run("close", pool.Dispose);

        void Verify(Func<int, long> expected)
        {
            for (int index = 0; index < blocks; index++)
            {
                disk.Read((long)index * BlockBytes, block);
                ThrowIfOther(block, expected(index));
            }
        }
    }

    /// <summary>
    /// <see cref="Work"/> on one pool, so that the runtime has what it needs (two descriptors for each assembly), and again on another with
    /// all but <paramref name="spare"/> of the process's descriptors taken.
    /// </summary>
    public static void WorkWithFewFiles(string first, string second, int spare)
    {
        Work(first);
        var taken = new Stack<SafeFileHandle>();
        try
        {
            while (true)
            {
                taken.Push(File.OpenHandle("/dev/null"));
            }
        }
        catch (IOException)
        {
            // There are none left.
        }

        for (; spare > 0; spare--)
        {
            taken.Pop().Dispose();
        }

        Work(second);
        GC.KeepAlive(taken);
    }

    /// <summary>
    /// Many operations at once: each of <paramref name="count"/> tasks writes, flushes and reads a block of its own 20 times, while snapshots,
    /// checkpoints and compactions go on. One step, "all".
    /// </summary>
    public static void WorkAtOnce(string directory, int count) => Step.Run("all", () => WorkAtOnceAsync(directory, count).GetAwaiter().GetResult());

    private static async Task WorkAtOnceAsync(string directory, int count)
    {
        await using DiskPool pool = await DiskPool.OpenAsync(directory);
        using IDisk disk = pool.OpenDisk("a");
        await Task.WhenAll([UpkeepAsync(pool, disk), .. Enumerable.Range(0, count).Select(index => WorkOnBlockAsync(disk, index))]);
    }

    private static async Task WorkOnBlockAsync(IDisk disk, int index)
    {
        byte[] block = new byte[BlockBytes];
        byte[] back = new byte[BlockBytes];
        for (int round = 1; round <= Rounds; round++)
        {
            await Task.Yield();
            PoolVerbs.Stamp(block, (index * Rounds) + round);
            await disk.WriteAsync((long)index * BlockBytes, block);
            await disk.FlushAsync();
            await disk.ReadAsync((long)index * BlockBytes, back);
            ThrowIfOther(back, (index * Rounds) + round);
        }
    }

    private static async Task UpkeepAsync(DiskPool pool, IDisk disk)
    {
        for (int round = 1; round <= Rounds; round++)
        {
            await Task.Yield();
            await disk.Chain.CreateAsync($"s-{round}");
            await pool.CheckpointAsync();
            await disk.Chain.DeleteAsync([$"s-{round}"]);
            await pool.CompactAsync();
        }
    }

    private static void ThrowIfOther(ReadOnlySpan<byte> block, long expected)
    {
        if (expected == Either)
        {
            return;
        }

        ReadOnlySpan<long> found = MemoryMarshal.Cast<byte, long>(block);
        if (found.ContainsAnyExcept(expected))
        {
            throw new InvalidDataException($"Wrong data: {found[0]} where {expected} was written.");
        }
    }
}
