using System.Diagnostics;

namespace BlockSnap.Throughput.Patterns;

/// <summary>4 KiB writes at random, with a flush after every so many, or none.</summary>
/// <param name="size">Size of the target in bytes.</param>
/// <param name="flushEvery">Writes per flush; 0 for no flush.</param>
/// <param name="seed">Seed of offsets and data.</param>
internal sealed class RandomWritePattern(long size, int flushEvery, ulong seed) : Pattern
{
    // Without flushes the clock is read once in this many writes.
    private const int ClockEvery = 16;

    private readonly NoiseBuffer _noise = new(ByteSize.Block, seed);
    private BlockPicker _picker = new(size / ByteSize.Block, seed);

    protected override bool TakesLatencies => flushEvery > 0;

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = 0;
        int group = flushEvery > 0 ? flushEvery : ClockEvery;
        for (long now = 0; now < end;)
        {
            long start = Latencies is null ? 0 : Stopwatch.GetTimestamp();
            for (int i = 0; i < group; i++)
            {
                target.Write(_picker.Next() * ByteSize.Block, _noise.Take());
            }

            if (flushEvery > 0)
            {
                target.Flush();
            }

            operations += group;
            now = Stopwatch.GetTimestamp();
            Latencies?.Record(now - start);
        }

        return (operations, operations * ByteSize.Block);
    }
}
