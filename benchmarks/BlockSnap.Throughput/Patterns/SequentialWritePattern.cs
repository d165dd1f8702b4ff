using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Patterns;

/// <summary>
/// 1 MiB writes front to back, and again from the front: a fixed number of bytes, and one flush if asked for. Each warming round writes the
/// whole target, so that all files that the log will use again are in the page cache, like the raw file.
/// </summary>
/// <param name="roundBytes">Bytes of a round.</param>
/// <param name="flush">Whether the flush is part of the round.</param>
/// <param name="seed">Seed of the data.</param>
internal sealed class SequentialWritePattern(long roundBytes, bool flush, ulong seed) : Pattern
{
    private const int ChunkBytes = 1 << 20;

    private readonly NoiseBuffer _noise = new(ChunkBytes, seed);
    private long _offset;

    public override Unit Unit => Unit.MebibytesPerSecond;

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = (IsWarming ? target.Size : roundBytes) / ChunkBytes;
        for (long i = 0; i < operations; i++)
        {
            target.Write(_offset, _noise.Take());
            _offset = (_offset + ChunkBytes) % target.Size;
        }

        if (flush)
        {
            target.Flush();
        }

        return (operations, operations * ChunkBytes);
    }
}
