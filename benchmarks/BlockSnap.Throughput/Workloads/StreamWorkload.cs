using BlockSnap.Throughput.Patterns;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>A pattern on a full disk against the same pattern on the raw file.</summary>
internal sealed class StreamWorkload : Workload
{
    /// <summary>Makes the pattern, for a size and a seed.</summary>
    public required Func<long, ulong, Pattern> Pattern { get; init; }

    /// <summary>The pattern on the raw file; null when it is the same.</summary>
    public Func<long, ulong, Pattern>? RawPattern { get; init; }

    /// <summary>The state in which the raw file is best at this.</summary>
    public required PageCacheState PageCache { get; init; }

    public PoolLayout Layout { get; init; }

    /// <summary>Whether the pool reads through mappings of its files.</summary>
    public bool IsMapped { get; init; }

    /// <summary>Whether the device's speed of flushing decides the figure.</summary>
    public bool IsFlushBound { get; init; }

    /// <summary>Whether a second line reports the bytes written to the device.</summary>
    public bool ReportsWritten { get; init; }

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size), Layout);
        pool.ReadThroughMappings(IsMapped);
        PrepareReads(pool, PageCache);
        RawFile raw = stage.Raw(PageCache);
        ulong seed = Seeds.Next();
        double flushUnit = stage.FlushUnit.Take();
        Measurement line = stage.Pairs.Measure(
            Name,
            "raw file",
            new Side(pool, Pattern(pool.Size, seed)),
            new Side(raw, (RawPattern ?? Pattern)(raw.Size, seed)));
        MarkWritten(pool, PageCache);
        yield return line with { Counts = !IsFlushBound || FlushUnit.IsQuick(Math.Max(flushUnit, stage.FlushUnit.Take())) };
        if (ReportsWritten)
        {
            yield return Measurement.OfPairs(Name + "-written", Unit.Bytes, "user's writes", [line.WrittenBytes], [line.GivenBytes]) with
            {
                Note = "bytes written to the device in those rounds and after, checkpoints and compaction included",
            };
        }
    }

    /// <summary>
    /// Before reads, all of the pool's files are brought into the page cache. Unlike the raw file they are not dropped from it first: the system's
    /// read-ahead is what makes large folios, and it begins anew, with small ones, in each file. For writes there is nothing to prepare, because
    /// a pool chooses by itself where it writes.
    /// </summary>
    internal static void PrepareReads(PoolUnderTest pool, PageCacheState state)
    {
        if (state == PageCacheState.ReadThrough)
        {
            Throughput.PageCache.Fill(pool.Directory);
        }
    }

    internal static void MarkWritten(PoolUnderTest pool, PageCacheState state)
    {
        if (state != PageCacheState.ReadThrough)
        {
            pool.Layout = PoolLayout.Any;
        }
    }
}
