using System.Diagnostics;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Patterns;

/// <summary>1 MiB reads front to back, and again from the front.</summary>
internal sealed class SequentialReadPattern : Pattern
{
    private const int ChunkBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[ChunkBytes];
    private long _offset;

    public override Unit Unit => Unit.MebibytesPerSecond;

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = 0;
        for (; Stopwatch.GetTimestamp() < end; operations++)
        {
            target.Read(_offset, _buffer);
            _offset = (_offset + ChunkBytes) % target.Size;
        }

        return (operations, operations * ChunkBytes);
    }
}
