using System.Diagnostics;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// A durable operation on a whole disk. Four times are measured: on a small disk, in F; on a disk 64 times the size with as many bytes written,
/// against the small disk; of the 10,000th operation against one of the first; and with dirty bytes, against a plain flush of as many.
/// </summary>
internal sealed class LifecycleWorkload : Workload
{
    private const long SmallBytesMax = ByteSize.GiB;
    private const int LargeFactor = 64;
    private const int ManyOperations = 10_000;
    private const long DirtyBytesMax = 64 * ByteSize.MiB;
    private const int CleanRounds = 15;
    private const int DirtyRounds = 9;
    private const int WarmRounds = 5;

    // Changed and flushed before each operation, so that no two states are the same and nothing is dirty.
    private const int ChangedBlocks = 256;

    public required IPoolOperation Operation { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [Small(options), Large(options), Many(options)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest small = stage.Pool(Small(stage.Options));
        PoolUnderTest large = stage.Pool(Large(stage.Options));
        Operation.Prepare(small);
        Operation.Prepare(large);
        PoolUnderTest many = stage.Pool(Many(stage.Options));
        Operation.Prepare(many);
        return [.. MeasureClean(stage, small, large, many), MeasureDirty(stage, small)];
    }

    private PoolSpec Many(RunOptions options) => Operation.After(ManyOperations, Small(options));

    private static PoolSpec Small(RunOptions options) => PoolSpec.Full(Math.Min(SmallBytesMax, options.Size));

    private static PoolSpec Large(RunOptions options)
    {
        PoolSpec small = Small(options);
        return small with { DiskBytes = small.DiskBytes * LargeFactor };
    }

    private IEnumerable<Measurement> MeasureClean(Stage stage, PoolUnderTest small, PoolUnderTest large, PoolUnderTest many)
    {
        var flushUnits = new List<double>();
        var smallTimes = new List<double>();
        var smallCalls = new List<double>();
        var largeTimes = new List<double>();
        var manyTimes = new List<double>();
        PoolUnderTest[] order = [small, large, many];
        var times = new Dictionary<PoolUnderTest, OperationTime>();
        for (int round = -WarmRounds; round < CleanRounds; round++)
        {
            double flushUnit = stage.FlushUnit.Take();
            Array.Reverse(order);
            foreach (PoolUnderTest pool in order)
            {
                times[pool] = TimeClean(pool, round);
            }

            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                smallTimes.Add(times[small].TotalSeconds);
                smallCalls.Add(times[small].CallSeconds);
                largeTimes.Add(times[large].TotalSeconds);
                manyTimes.Add(times[many].TotalSeconds);
            }
        }

        bool counts = FlushUnit.IsQuick(Statistics.Median(flushUnits));
        Measurement total = Measurement.OfPairs(Name, Unit.Seconds, "F", smallTimes, flushUnits);
        yield return total with { InFlushUnits = total.Ratio, Counts = counts };
        Measurement call = Measurement.OfPairs(Name + "-call", Unit.Seconds, "F", smallCalls, flushUnits);
        yield return call with { InFlushUnits = call.Ratio, Counts = counts, Note = "until the call returns its task" };
        yield return Measurement.OfPairs($"{Name}@{LargeFactor}x", Unit.Seconds, $"{ByteSize.Format(small.Size)} disk", largeTimes, smallTimes) with
        {
            Note = $"{ByteSize.Format(large.Size)} disk, as many bytes written",
        };
        yield return Measurement.OfPairs($"{Name}@{ManyOperations}th", Unit.Seconds, "one of the first", manyTimes, smallTimes) with
        {
            Note = "what the earlier ones made is still there",
        };
    }

    private Measurement MeasureDirty(Stage stage, PoolUnderTest pool)
    {
        int dirtyBlocks = (int)(Math.Min(DirtyBytesMax, pool.Size / 4) / ByteSize.Block);
        var flushUnits = new List<double>();
        var flushTimes = new List<double>();
        var times = new List<double>();
        for (int round = -1; round < DirtyRounds; round++)
        {
            bool flushFirst = round % 2 == 0;
            double flushTime = flushFirst ? TimeFlush(pool, dirtyBlocks) : 0;
            double flushUnit = stage.FlushUnit.Take();
            Settle(pool);
            pool.ChangeBlocks(dirtyBlocks);
            double time = Time(pool, round + 1000).TotalSeconds;
            flushTime = flushFirst ? flushTime : TimeFlush(pool, dirtyBlocks);
            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                flushTimes.Add(flushTime);
                times.Add(time);
            }
        }

        return Measurement.OfPairs(Name + "-dirty", Unit.Seconds, "flush of the same", times, flushTimes) with
        {
            InFlushUnits = Statistics.Median(times.Zip(flushUnits, (time, unit) => time / unit)),
            Note = $"{ByteSize.Format((long)dirtyBlocks * ByteSize.Block)} written just before",
        };
    }

    private OperationTime TimeClean(PoolUnderTest pool, int round)
    {
        pool.ChangeBlocks(ChangedBlocks);
        Settle(pool);
        return Time(pool, round);
    }

    private static double TimeFlush(PoolUnderTest pool, int dirtyBlocks)
    {
        Settle(pool);
        pool.ChangeBlocks(dirtyBlocks);
        long start = Stopwatch.GetTimestamp();
        pool.Flush();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private OperationTime Time(PoolUnderTest pool, int round)
    {
        string name = $"round-{round}";
        long start = Stopwatch.GetTimestamp();
        Task task = Operation.Start(pool, name);
        double call = Stopwatch.GetElapsedTime(start).TotalSeconds;
        task.GetAwaiter().GetResult();
        double total = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Operation.Clean(pool, name, task);
        return new OperationTime(call, total);
    }

    private static void Settle(PoolUnderTest pool)
    {
        pool.Flush();
        Quiet.Wait();
    }
}
