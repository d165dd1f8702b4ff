using System.Diagnostics;

namespace BlockSnap.Throughput.Patterns;

/// <summary>4 KiB reads at random.</summary>
/// <param name="size">Size of the target in bytes.</param>
/// <param name="seed">Seed of the offsets.</param>
internal sealed class RandomReadPattern(long size, ulong seed) : Pattern
{
    private const int ClockEvery = 16;

    private readonly byte[] _buffer = new byte[ByteSize.Block];
    private BlockPicker _picker = new(size / ByteSize.Block, seed);

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = 0;
        for (; Stopwatch.GetTimestamp() < end; operations += ClockEvery)
        {
            for (int i = 0; i < ClockEvery; i++)
            {
                target.Read(_picker.Next() * ByteSize.Block, _buffer);
            }
        }

        return (operations, operations * ByteSize.Block);
    }
}
