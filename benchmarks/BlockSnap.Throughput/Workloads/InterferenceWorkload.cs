using System.Diagnostics;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// What background work costs a writer: the 99th percentile of 4 KiB random writes while the work goes on, against that of a quiet pool right
/// before or after. The writer makes bursts of 20 writes, a millisecond apart: a pool with a writer at full speed is never quiet.
/// </summary>
internal sealed class InterferenceWorkload : Workload
{
    private const int Rounds = 7;
    private const int BurstWrites = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan QuietLength = TimeSpan.FromSeconds(0.5);

    /// <summary>Makes something for the work to do, and flushes.</summary>
    public required Action<PoolUnderTest> Prepare { get; init; }

    /// <summary>The work.</summary>
    public required Func<PoolUnderTest, Task> Work { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        pool.Compact();
        pool.Layout = PoolLayout.Any;
        var writer = new BurstWriter(pool);
        var quiet = new List<double>();
        var busy = new List<double>();
        var busySeconds = new List<double>();
        double busyMax = 0;
        for (int round = -1; round < Rounds; round++)
        {
            Prepare(pool);
            Quiet.Wait();
            LatencyHistogram? before = round % 2 == 0 ? writer.Run(Task.Delay(QuietLength)) : null;
            Quiet.Wait();
            long start = Stopwatch.GetTimestamp();
            LatencyHistogram during = writer.Run(Task.Run(() => Work(pool)));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            pool.Flush();
            Quiet.Wait();
            LatencyHistogram alone = before ?? writer.Run(Task.Delay(QuietLength));
            if (round >= 0)
            {
                quiet.Add(alone.Percentile(99));
                busy.Add(during.Percentile(99));
                busySeconds.Add(seconds);
                busyMax = Math.Max(busyMax, during.Percentile(100));
            }
        }

        string workTime = Figure.Format(Statistics.Median(busySeconds), Unit.Seconds);
        yield return Measurement.OfPairs(Name, Unit.Seconds, "quiet", busy, quiet) with
        {
            Note = $"99th percentiles; the work took {workTime}; the longest write {Figure.Format(busyMax, Unit.Seconds)}",
        };
    }

    private sealed class BurstWriter(PoolUnderTest pool)
    {
        private readonly NoiseBuffer _noise = new(ByteSize.Block, Seeds.Next());
        private BlockPicker _picker = new(pool.Size / ByteSize.Block, Seeds.Next());

        /// <summary>Writes until the task is complete, at least one burst. If the task failed, throws its exception.</summary>
        public LatencyHistogram Run(Task until)
        {
            var latencies = new LatencyHistogram();
            do
            {
                for (int i = 0; i < BurstWrites; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    pool.Write(_picker.Next() * ByteSize.Block, _noise.Take());
                    latencies.Record(Stopwatch.GetTimestamp() - start);
                }

                Thread.Sleep(Pause);
            }
            while (!until.IsCompleted);

            until.GetAwaiter().GetResult();
            return latencies;
        }
    }
}
