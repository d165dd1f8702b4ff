using System.Diagnostics;

namespace BlockSnap.Throughput.Patterns;

/// <summary>1 MiB writes front to back, and again from the front: for as long as the round is, or a fixed number of bytes and one flush.</summary>
/// <param name="flushedBytes">Bytes of a round that ends with a flush, or 0 for rounds by time without flush.</param>
/// <param name="seed">Seed of the data.</param>
internal sealed class SequentialWritePattern(long flushedBytes, ulong seed) : Pattern
{
    private const int ChunkBytes = 1 << 20;

    private readonly NoiseBuffer _noise = new(ChunkBytes, seed);
    private long _offset;

    public override Unit Unit => Unit.MebibytesPerSecond;

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = 0;
        while (flushedBytes > 0 ? operations * ChunkBytes < flushedBytes : Stopwatch.GetTimestamp() < end)
        {
            target.Write(_offset, _noise.Take());
            _offset = (_offset + ChunkBytes) % target.Size;
            operations++;
        }

        if (flushedBytes > 0)
        {
            target.Flush();
        }

        return (operations, operations * ChunkBytes);
    }
}
