using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// The opening after a kill with 64 GiB mapped against that of the full disk: the same writes in a range of the same size. The 64 GiB are
/// written through a device that keeps heads and maps and forgets data, which no opening reads.
/// </summary>
internal sealed class OpenLargeWorkload : Workload
{
    private const int Factor = 16;
    private const int Rounds = 7;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size), Large(options)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        PoolUnderTest large = stage.Pool(Large(stage.Options));
        long bytes = OpenAfterKillWorkload.LogBytes(pool);
        var times = new List<double>();
        var largeTimes = new List<double>();
        for (int round = -1; round < Rounds; round++)
        {
            double largeTime = round % 2 == 0 ? KilledPool.TimeOpen(large, pool.Size, bytes, flush: true) : 0;
            double time = KilledPool.TimeOpen(pool, pool.Size, bytes, flush: true);
            largeTime = round % 2 == 0 ? largeTime : KilledPool.TimeOpen(large, pool.Size, bytes, flush: true);
            if (round >= 0)
            {
                times.Add(time);
                largeTimes.Add(largeTime);
            }
        }

        yield return Measurement.OfPairs(Name, Unit.Seconds, $"{ByteSize.Format(pool.Size)} mapped", largeTimes, times) with
        {
            Note = $"{ByteSize.Format(large.Size)} mapped; {ByteSize.Format(bytes)} of 4 KiB writes since the checkpoint in both",
        };
    }

    private static PoolSpec Large(RunOptions options) => PoolSpec.Full(options.Size * Factor) with { StandIn = true };
}
