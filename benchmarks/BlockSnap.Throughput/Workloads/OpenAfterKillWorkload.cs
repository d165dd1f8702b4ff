using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Opens a pool whose process was killed: a child writes 256 MiB that no checkpoint covers and is killed while it goes on writing. Timed
/// from the call of open to the end of a first read, with the files in the page cache as the child left them. The child flushes as it goes,
/// like any user of a disk. A child that never flushes leaves dirty pages in the system's cache; that is a line of its own, because an opening
/// makes durable what it replays, and so waits for the device to write those pages.
/// </summary>
internal sealed class OpenAfterKillWorkload : Workload
{
    private const long LogBytesMax = 256 * ByteSize.MiB;
    private const int Rounds = 7;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        var flushUnits = new List<double>();
        var times = new List<double>();
        var dirtyTimes = new List<double>();
        for (int round = -1; round < Rounds; round++)
        {
            double flushUnit = stage.FlushUnit.Take();
            double time = KilledPool.TimeOpen(pool, pool.Size, LogBytes(pool), flush: true);
            double dirtyTime = KilledPool.TimeOpen(pool, pool.Size, LogBytes(pool), flush: false);
            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                times.Add(time);
                dirtyTimes.Add(dirtyTime);
            }
        }

        Measurement line = Measurement.OfPairs(Name, Unit.Seconds, "F", times, flushUnits);
        yield return line with
        {
            InFlushUnits = line.Ratio,
            Counts = FlushUnit.IsQuick(line.Baseline),
            Note = $"{ByteSize.Format(LogBytes(pool))} of 4 KiB writes since the checkpoint, flushed",
        };
        Measurement dirty = Measurement.OfPairs(Name + "-dirty", Unit.Seconds, "F", dirtyTimes, flushUnits);
        yield return dirty with
        {
            InFlushUnits = dirty.Ratio,
            Counts = line.Counts,
            Note = "as many, never flushed: dirty in the system's cache",
        };
    }

    /// <summary>How many bytes the child writes.</summary>
    internal static long LogBytes(PoolUnderTest pool) => Math.Min(LogBytesMax, pool.Size / 4);
}
