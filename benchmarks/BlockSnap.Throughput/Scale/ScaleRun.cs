using System.Diagnostics;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Scale;

/// <summary>
/// Costs against size: of a fully mapped disk, of the chain, of the pool, of a sparse disk. The device keeps no data and its flushes do
/// nothing, so what is left is the work of the pool. That must be flat, or in proportion to what changed.
/// </summary>
internal static class ScaleRun
{
    private const long SmallBytes = ByteSize.GiB;
    private const long FirstBytes = 4 * ByteSize.GiB;
    private const int Factor = 4;
    private const long SparseBytesMax = 1L << 62;
    private const long DiskBytes = ByteSize.MiB;

    private static readonly int[] SnapshotCounts = [1, 10, 100, 1000, 10_000];
    private static readonly int[] DiskCounts = [1, 10, 100, 1000];
    private static readonly long[] SparseSizes = [SmallBytes, 1L << 40, 1L << 50, SparseBytesMax];

    /// <param name="directory">Where maps and heads go: 16 GiB for a disk of 1 TiB.</param>
    /// <param name="sizeMax">The size of the largest mapped disk.</param>
    /// <param name="names">Which curves: snapshots, disks, sparse, mapped; all when none is named.</param>
    /// <param name="progress">Where to tell what is being done.</param>
    public static ScaleReport Run(string directory, long sizeMax, IReadOnlyList<string> names, Action<string> progress)
    {
        Machine machine = Machine.Describe(directory);
        using var stage = new RunDirectory(directory, "blocksnap-scale");
        ScaleCurve[] curves =
        [
            .. Measure("snapshots", "Snapshots in the chain, disk of 1 GiB", false, MeasureSnapshots),
            .. Measure("disks", "Disks in the pool", false, MeasureDisks),
            .. Measure("sparse", "Size of a sparse disk, 1 GiB written", true, MeasureSparse),
            .. Measure("mapped", "Size of a fully mapped disk", true, pool => MeasureMapped(pool, sizeMax)),
        ];
        return new ScaleReport(machine, BuildFacts.Commit, TimeProvider.System.GetUtcNow(), PoolUnderTest.Options.CacheBytes, curves);

        IEnumerable<ScaleCurve> Measure(string name, string title, bool inBytes, Func<Func<ScaledPool>, IEnumerable<ScalePoint>> measure)
        {
            if (names.Count > 0 && !names.Contains(name))
            {
                yield break;
            }

            var points = new List<ScalePoint>();
            long start = Stopwatch.GetTimestamp();
            foreach (ScalePoint point in measure(() => new ScaledPool(Path.Join(stage.Path, $"{name}-{points.Count}"))))
            {
                string costs = string.Join(", ", point.Costs.Select(cost => $"{cost.Operation} {Figure.Format(cost.Seconds, Unit.Seconds)}"));
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                progress($"{name} {point.Size}: {seconds:F0} s, {costs}, memory {point.MemoryBytes / ByteSize.MiB} MiB");
                points.Add(point);
                start = Stopwatch.GetTimestamp();
            }

            yield return new ScaleCurve(title, inBytes, points);
        }
    }

    private static IEnumerable<ScalePoint> MeasureMapped(Func<ScaledPool> create, long sizeMax)
    {
        using ScaledPool pool = create();
        pool.CreateDisk(sizeMax);
        for (long size = Math.Min(FirstBytes, sizeMax); size <= sizeMax; size *= Factor)
        {
            pool.FillTo(size);
            yield return new ScaleProbe(pool).Measure(size);
        }
    }

    private static IEnumerable<ScalePoint> MeasureSnapshots(Func<ScaledPool> create)
    {
        using ScaledPool pool = create();
        pool.CreateDisk(SmallBytes);
        pool.FillTo(SmallBytes);
        int made = 0;
        foreach (int count in SnapshotCounts)
        {
            for (; made < count; made++)
            {
                pool.ChangeBlocks(1);
                pool.Disk.Chain.CreateAsync($"step-{made}").GetAwaiter().GetResult();
            }

            yield return new ScaleProbe(pool).Measure(count);
        }
    }

    private static IEnumerable<ScalePoint> MeasureDisks(Func<ScaledPool> create)
    {
        using ScaledPool pool = create();
        pool.CreateDisk(SmallBytes);
        pool.FillTo(SmallBytes);
        int made = 1;
        foreach (int count in DiskCounts)
        {
            for (; made < count; made++)
            {
                using IDisk disk = pool.Pool.CreateDiskAsync($"disk-{made}", SmallBytes).GetAwaiter().GetResult();
                StandIn.StandInData.Fill(disk, 0, DiskBytes, number: 1);
            }

            yield return new ScaleProbe(pool).Measure(count);
        }
    }

    private static IEnumerable<ScalePoint> MeasureSparse(Func<ScaledPool> create)
    {
        foreach (long size in SparseSizes)
        {
            using ScaledPool pool = create();
            pool.CreateDisk(size);
            pool.FillSparse(SmallBytes);
            yield return new ScaleProbe(pool).Measure(size);
        }
    }
}
