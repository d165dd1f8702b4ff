using System.Diagnostics;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Opens a pool whose process was killed: a child writes 256 MiB that no checkpoint covers and is killed while it goes on writing. Timed
/// from the call of open to the end of a first read, with the files in the page cache as the child left them.
/// </summary>
internal sealed class OpenAfterKillWorkload : Workload
{
    private const long LogBytesMax = 256 * ByteSize.MiB;
    private const int Rounds = 7;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        long logBytes = Math.Min(LogBytesMax, pool.Size / 4);
        pool.Layout = PoolLayout.Any;
        byte[] block = new byte[ByteSize.Block];
        var flushUnits = new List<double>();
        var openTimes = new List<double>();
        for (int round = -1; round < Rounds; round++)
        {
            pool.Close();
            try
            {
                ChildWriter.RunAndKill(pool.Directory, logBytes, Seeds.Next());
            }
            catch
            {
                pool.Reopen(); // The stage closes it.
                throw;
            }

            double flushUnit = stage.FlushUnit.Take();
            long start = Stopwatch.GetTimestamp();
            pool.Reopen();
            pool.Read(pool.Size / 2, block);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Quiet.Wait();
            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                openTimes.Add(seconds);
            }
        }

        Measurement line = Measurement.OfPairs(Name, Unit.Seconds, "F", openTimes, flushUnits);
        yield return line with
        {
            InFlushUnits = line.Ratio,
            Counts = FlushUnit.IsQuick(line.Baseline),
            Note = $"{ByteSize.Format(logBytes)} of 4 KiB writes since the checkpoint",
        };
    }
}
