using System.Diagnostics;

namespace BlockSnap.Throughput.Workloads;

/// <summary>A pool whose process is killed.</summary>
internal static class KilledPool
{
    /// <summary>Closes the pool, has a child process write to it, kills that, and opens the pool again.</summary>
    /// <param name="pool">The pool; it is open again afterwards.</param>
    /// <param name="range">The child writes at random in the first so many bytes of the disk.</param>
    /// <param name="bytes">How many bytes it writes.</param>
    /// <param name="flush">Whether it flushes as it goes and at the end.</param>
    /// <returns>The time from the call of open until a first block was read, in seconds.</returns>
    public static double TimeOpen(PoolUnderTest pool, long range, long bytes, bool flush)
    {
        byte[] block = new byte[ByteSize.Block];
        pool.Layout = PoolLayout.Any;
        pool.Close();
        try
        {
            ChildWriter.RunAndKill(pool.Directory, range, bytes, flush, Seeds.Next());
        }
        catch
        {
            pool.Reopen(); // because the stage will close it
            throw;
        }

        Quiet.Wait();
        long start = Stopwatch.GetTimestamp();
        pool.Reopen();
        pool.Read(ChildWriter.FirstOffset, block);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Quiet.Wait();
        return seconds;
    }
}
