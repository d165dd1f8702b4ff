using System.Globalization;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// Space and bytes written: a full 1 GiB disk is overwritten ten times by 1 GiB of 4 KiB writes at random, with a snapshot after each time,
/// of which the last three are kept. Nothing compacts but the pool itself. One run instead of rounds, because sizes have no noise.
/// </summary>
internal sealed class SpaceWorkload : Workload
{
    // A pool keeps the free files of busy times for five quiet seconds.
    private const int FreeFilesKeptMilliseconds = 6_000;

    private const long DiskBytesMax = ByteSize.GiB;
    private const int Overwrites = 10;
    private const int Kept = 3;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [Spec(options)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        stage.Keep([]); // so that the pool is a new one
        PoolUnderTest pool = stage.Pool(Spec(stage.Options));
        int blockCount = pool.WrittenBlocks;
        var picker = new BlockPicker(blockCount, Seeds.Next());
        var noise = new NoiseBuffer(ByteSize.Block, Seeds.Next());
        int[][] states = new int[Overwrites][]; // for each snapshot, in which overwrite each block was last written
        int[] state = new int[blockCount];
        long writtenBefore = ProcessIo.WrittenBytes();
        long physicalMax = 0;
        for (int overwrite = 0; overwrite < Overwrites; overwrite++)
        {
            for (int i = 0; i < blockCount; i++)
            {
                long block = picker.Next();
                state[block] = overwrite + 1;
                pool.Write(block * ByteSize.Block, noise.Take());
            }

            physicalMax = Math.Max(physicalMax, pool.PhysicalBytes());
            pool.CreateSnapshot(Name(overwrite));
            states[overwrite] = [.. state];
            if (overwrite >= Kept)
            {
                pool.DeleteSnapshot(Name(overwrite - Kept));
            }

            physicalMax = Math.Max(physicalMax, pool.PhysicalBytes());
        }

        pool.Flush();
        Quiet.Wait();
        Thread.Sleep(FreeFilesKeptMilliseconds);
        Quiet.Wait();
        long written = ProcessIo.WrittenBytes() - writtenBefore;
        long physical = pool.PhysicalBytes();
        long live = pool.Pool.GetUsageAsync().GetAwaiter().GetResult().ReferencedBytes;
        long ideal = IdealBytes(states[^Kept..]);
        pool.Layout = PoolLayout.Any;
        stage.Keep([]);

        yield return Line("space-ideal", "distinct blocks", physical, ideal) with
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"at most {(double)physicalMax / ideal:F2} on the way"),
        };
        yield return Line("space-live", "referenced bytes", physical, live);
        yield return Line("space-written", "user's writes", written, (long)Overwrites * blockCount * ByteSize.Block) with
        {
            Note = "bytes written to the device, checkpoints and compaction included",
        };

        static string Name(int overwrite) => $"overwrite-{overwrite}";
    }

    private static PoolSpec Spec(RunOptions options) => PoolSpec.Full(Math.Min(DiskBytesMax, options.Size));

    // The head is the same as the last snapshot. A block is stored once for each version of it that a kept snapshot shows.
    private static long IdealBytes(int[][] kept)
    {
        long blocks = kept[0].Length;
        for (int i = 1; i < kept.Length; i++)
        {
            int[] older = kept[i - 1];
            int[] newer = kept[i];
            for (int block = 0; block < newer.Length; block++)
            {
                blocks += older[block] == newer[block] ? 0 : 1;
            }
        }

        return blocks * ByteSize.Block;
    }

    private static Measurement Line(string name, string baselineName, long pool, long baseline) =>
        Measurement.OfPairs(name, Unit.Bytes, baselineName, [pool], [baseline]);
}
