using System.Diagnostics;
using System.Globalization;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Deletes a snapshot that alone holds a share of the disk's blocks. Measures the time until the freed bytes are known exactly, and how many
/// of them the pool gives back to the device, by itself and after a compact. Each round begins with a compact.
/// </summary>
internal sealed class DeleteWorkload : Workload
{
    private const string Snapshot = "doomed";
    private const int Rounds = 7;
    private const int PollMilliseconds = 50;

    private static readonly TimeSpan UnchangedTime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    /// <summary>The share of random blocks that changed since the snapshot.</summary>
    public required double ChangedShare { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        int changedBlocks = (int)(pool.WrittenBlocks * ChangedShare);
        double changedBytes = (double)changedBlocks * ByteSize.Block;
        var flushUnits = new List<double>();
        var times = new List<double>();
        var releaseSeconds = new List<double>();
        var compactSeconds = new List<double>();
        var backByItself = new List<double>();
        var backSeconds = new List<double>();
        var backAfterCompact = new List<double>();
        for (int round = -1; round < Rounds; round++)
        {
            pool.Compact();
            WaitForSpace(pool);
            long physicalBytes = pool.PhysicalBytes();
            pool.CreateSnapshot(Snapshot);
            pool.ChangeBlocks(changedBlocks);
            pool.Flush();
            Quiet.Wait();

            double flushUnit = stage.FlushUnit.Take();
            long start = Stopwatch.GetTimestamp();
            DeletePreview deleted = pool.DeleteSnapshot(Snapshot);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (deleted.FreedBytes != (long)changedBytes)
            {
                throw new InvalidDataException($"The deletion says it freed {deleted.FreedBytes} bytes, but it should be {changedBytes}.");
            }

            double release = Quiet.Wait();
            backSeconds.Add(release + WaitForSpace(pool));
            double byItself = 1 - ((pool.PhysicalBytes() - physicalBytes) / changedBytes);
            start = Stopwatch.GetTimestamp();
            pool.Compact();
            double compact = Stopwatch.GetElapsedTime(start).TotalSeconds;
            WaitForSpace(pool);
            double afterCompact = 1 - ((pool.PhysicalBytes() - physicalBytes) / changedBytes);
            if (round >= 0)
            {
                flushUnits.Add(flushUnit);
                times.Add(seconds);
                releaseSeconds.Add(release);
                compactSeconds.Add(compact);
                backByItself.Add(byItself);
                backAfterCompact.Add(afterCompact);
            }
        }

        Measurement line = Measurement.OfPairs(Name, Unit.Seconds, "F", times, flushUnits);
        yield return line with
        {
            InFlushUnits = line.Ratio,
            SettleSeconds = Statistics.Median(releaseSeconds),
            Counts = FlushUnit.IsQuick(line.Baseline),
            Note = string.Create(CultureInfo.InvariantCulture, $"{changedBlocks} blocks, exact"),
        };
        string backTime = Figure.Format(Statistics.Median(backSeconds), Unit.Seconds);
        string compactTime = Figure.Format(Statistics.Median(compactSeconds), Unit.Seconds);
        yield return Freed("-freed", backByItself, $"by itself, {backTime} after the deletion");
        yield return Freed("-freed-compacted", backAfterCompact, $"after a compact of {compactTime}");
    }

    // Waits until the pool's files have not changed for longer than the quiet time after which the pool gives back the free files that it
    // kept for busy times. Returns after how many seconds they changed last.
    private static double WaitForSpace(PoolUnderTest pool)
    {
        long start = Stopwatch.GetTimestamp();
        long last = start;
        for (long bytes = pool.PhysicalBytes(); Stopwatch.GetElapsedTime(last) < UnchangedTime && Stopwatch.GetElapsedTime(start) < WaitMax;)
        {
            Thread.Sleep(PollMilliseconds);
            long now = pool.PhysicalBytes();
            last = now == bytes ? last : Stopwatch.GetTimestamp();
            bytes = now;
        }

        return Stopwatch.GetElapsedTime(start, last).TotalSeconds;
    }

    // The mean, not the median: the segment in use counts as a whole one, so a round may count up to one segment too much, and the next one
    // that much less.
    private Measurement Freed(string suffix, List<double> shares, string note) =>
        Measurement.OfPairs(Name + suffix, Unit.Share, "bytes freed", [shares.Average()], [1.0]) with
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"{note}; mean of {shares.Count} rounds, {shares.Min():F2} to {shares.Max():F2}"),
        };
}
