using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>A pattern on a full disk with snapshots, against a disk without any that was changed as often.</summary>
internal sealed class SnapshotLoadWorkload : Workload
{
    public required StreamWorkload Stream { get; init; }

    public required int SnapshotCount { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [Spec(options, true), Spec(options, false)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest with = stage.Pool(Spec(stage.Options, true));
        PoolUnderTest without = stage.Pool(Spec(stage.Options, false));
        StreamWorkload.PrepareReads(with, Stream.PageCache);
        StreamWorkload.PrepareReads(without, Stream.PageCache);
        ulong seed = Seeds.Next();
        double flushUnit = stage.FlushUnit.Take();
        Measurement line = stage.Pairs.Measure(
            Name,
            "no snapshots",
            new Side(with, Stream.Pattern(with.Size, seed)),
            new Side(without, Stream.Pattern(without.Size, seed)));
        StreamWorkload.MarkWritten(with, Stream.PageCache);
        StreamWorkload.MarkWritten(without, Stream.PageCache);
        yield return line with { Counts = !Stream.IsFlushBound || FlushUnit.IsQuick(Math.Max(flushUnit, stage.FlushUnit.Take())) };
    }

    private PoolSpec Spec(RunOptions options, bool snapshots) => new(options.Size, options.Size, SnapshotCount, snapshots);
}
