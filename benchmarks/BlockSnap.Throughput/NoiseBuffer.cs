using System.Buffers.Binary;

namespace BlockSnap.Throughput;

/// <summary>
/// Data to write: incompressible, without a zero block, no block twice. Only the first 16 bytes of each block are made anew for a write and
/// the 256 KiB of noise stay in the second-level cache, so that making the data takes no time that counts. For one thread.
/// </summary>
internal sealed class NoiseBuffer
{
    private const int BlockCount = 64;

    private readonly byte[] _noise;
    private readonly int _takeBytes;
    private readonly ulong _seed;
    private ulong _stamp;
    private int _next;

    /// <summary>A source of pieces of <paramref name="takeBytes"/>, whole blocks.</summary>
    public NoiseBuffer(int takeBytes, ulong seed)
    {
        _takeBytes = takeBytes;
        _seed = seed | 1; // Never a zero stamp.
        _noise = new byte[Math.Max(takeBytes, BlockCount * ByteSize.Block)];
        new Random((int)seed).NextBytes(_noise);
    }

    /// <summary>The next piece; valid until the next call.</summary>
    public ReadOnlySpan<byte> Take() => TakeMemory().Span;

    /// <inheritdoc cref="Take"/>
    public ReadOnlyMemory<byte> TakeMemory()
    {
        if (_next + _takeBytes > _noise.Length)
        {
            _next = 0;
        }

        for (int at = _next; at < _next + _takeBytes; at += ByteSize.Block)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_noise.AsSpan(at), _seed);
            BinaryPrimitives.WriteUInt64LittleEndian(_noise.AsSpan(at + 8), ++_stamp);
        }

        ReadOnlyMemory<byte> piece = _noise.AsMemory(_next, _takeBytes);
        _next += _takeBytes;
        return piece;
    }
}
