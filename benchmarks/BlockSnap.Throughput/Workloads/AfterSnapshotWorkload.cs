using BlockSnap.Throughput.Patterns;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Random writes right after a snapshot against those right before. There are many short rounds: what a snapshot costs later writes is paid
/// once per map node, in the first tenth of a second. Both sides begin with nothing dirty, because a snapshot flushes. Without flushes a
/// round is a number of writes, so few that no checkpoint falls into either side. Were it a length of time, a fast pool would write so much
/// that a checkpoint always fell into the one side and never into the other.
/// </summary>
internal sealed class AfterSnapshotWorkload : Workload
{
    private const int Rounds = 15;
    private const string Snapshot = "mark";

    private const long BytesWithoutFlush = 256 << 20;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(0.1);

    /// <summary>Writes per flush; 0 for none.</summary>
    public required int FlushEvery { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        pool.Layout = PoolLayout.Any;
        Pattern pattern = FlushEvery == 0
            ? new BulkRandomWritePattern(pool.Size, BytesWithoutFlush, flush: false, Seeds.Next())
            : new RandomWritePattern(pool.Size, FlushEvery, Seeds.Next());
        var warming = new BulkRandomWritePattern(pool.Size, BytesWithoutFlush, flush: false, Seeds.Next());
        pattern.BeginMeasuring();
        var before = new List<double>();
        var after = new List<double>();
        for (int round = -2; round < Rounds; round++)
        {
            pool.Flush();
            Quiet.Wait();
            warming.Run(pool, Length); // copies map nodes after the last checkpoint or flush, which must not be charged to "before"
            pool.Flush();
            double beforeRate = pattern.Run(pool, Length).OperationsPerSecond;
            pool.Flush();
            pool.CreateSnapshot(Snapshot);
            double afterRate = pattern.Run(pool, Length).OperationsPerSecond;
            pool.DeleteSnapshot(Snapshot);
            if (round >= 0)
            {
                before.Add(beforeRate);
                after.Add(afterRate);
            }
        }

        yield return Measurement.OfPairs(Name, Unit.OperationsPerSecond, "before", after, before);
    }
}
