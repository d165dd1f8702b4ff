using System.Diagnostics;

namespace BlockSnap.Throughput.Workloads;

/// <summary>A pool whose process is killed.</summary>
internal static class KilledPool
{
    /// <summary>Closes the pool, has a child write to it and be killed, and opens it again: how long until a first block was read, in seconds.</summary>
    /// <param name="pool">The pool; open again afterwards.</param>
    /// <param name="range">The child writes at random in so many first bytes of the disk.</param>
    /// <param name="bytes">What it writes.</param>
    /// <param name="flush">Whether it flushes as it goes and at the end.</param>
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
            pool.Reopen(); // The stage closes it.
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
