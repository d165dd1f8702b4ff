using System.Diagnostics;
using System.Globalization;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>Lists what changed between two snapshots, block by block, and checks that it is exact.</summary>
internal sealed class DiffWorkload : Workload
{
    private const string From = "diff-from";
    private const string To = "diff-to";
    private const int WarmRounds = 60; // past the first tiers of compilation
    private const int Rounds = 11;

    /// <summary>The share of random blocks that changed.</summary>
    public required double ChangedShare { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        int changedBlocks = Math.Max(1, (int)(pool.WrittenBlocks * ChangedShare));
        pool.CreateSnapshot(From);
        pool.ChangeBlocks(changedBlocks);
        pool.CreateSnapshot(To);
        Quiet.Wait();

        var flushUnits = new List<double>();
        var times = new List<double>();
        int extents = 0;
        for (int round = -WarmRounds; round < Rounds; round++)
        {
            double flushUnit = stage.FlushUnit.Take();
            long start = Stopwatch.GetTimestamp();
            (long bytes, extents) = ListAsync(pool).GetAwaiter().GetResult();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (bytes != (long)changedBlocks * ByteSize.Block)
            {
                throw new InvalidDataException($"The diff says {bytes} bytes changed, but {changedBlocks} blocks did.");
            }

            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                times.Add(seconds);
            }
        }

        pool.DeleteSnapshot(From);
        pool.DeleteSnapshot(To);
        Measurement line = Measurement.OfPairs(Name, Unit.Seconds, "F", times, flushUnits);
        yield return line with
        {
            InFlushUnits = line.Ratio,
            Counts = FlushUnit.IsQuick(line.Baseline),
            Note = string.Create(CultureInfo.InvariantCulture, $"{changedBlocks} blocks in {extents} extents, exact"),
        };
    }

    // Opening the two views is included, because a caller has to do it too.
    private static async Task<(long Bytes, int Extents)> ListAsync(PoolUnderTest pool)
    {
        using IDisk from = pool.Disk.Chain.Open(From);
        using IDisk to = pool.Disk.Chain.Open(To);
        long bytes = 0;
        int extents = 0;
        await foreach (ChangedExtent extent in pool.Pool.DiffAsync(from, to).ConfigureAwait(false))
        {
            bytes += extent.Length;
            extents++;
        }

        return (bytes, extents);
    }
}
