using System.Globalization;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Managed bytes that one aligned synchronous read or write allocates in the steady state: by the calling thread, and by the whole process.
/// </summary>
internal sealed class AllocationWorkload : Workload
{
    private const int WarmOperations = 20_000;
    private const long Bytes = 256 * ByteSize.MiB;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        pool.Layout = PoolLayout.Any;
        foreach ((string suffix, int length) in new[] { ("4k", ByteSize.Block), ("1m", 1 << 20) })
        {
            byte[] buffer = new byte[length];
            var noise = new NoiseBuffer(length, Seeds.Next());
            var picker = new BlockPicker(pool.Size / length, Seeds.Next());
            yield return Count($"read-{suffix}", () => pool.Read(picker.Next() * length, buffer));
            yield return Count($"write-{suffix}", () => pool.Write(picker.Next() * length, noise.Take()));

            Measurement Count(string operation, Action run)
            {
                int operations = (int)(Bytes / length);
                for (int i = 0; i < Math.Min(WarmOperations, operations); i++)
                {
                    run();
                }

                pool.Flush();
                Quiet.Wait();
                long process = GC.GetTotalAllocatedBytes(precise: true);
                long thread = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < operations; i++)
                {
                    run();
                }

                double perOperation = (double)(GC.GetAllocatedBytesForCurrentThread() - thread) / operations;
                pool.Flush();
                Quiet.Wait();
                double ofProcess = (double)(GC.GetTotalAllocatedBytes(precise: true) - process) / operations;
                return Measurement.OfPairs($"{Name}-{operation}", Unit.BytesPerOperation, "raw file", [perOperation], [0]) with
                {
                    Note = string.Create(CultureInfo.InvariantCulture, $"{ofProcess:0.##} B with background threads"),
                };
            }
        }
    }
}
