namespace BlockSnap.Tests.Infrastructure;

/// <summary>A pipe: cannot seek, does not know its length, gives odd numbers of bytes at a time, and may break.</summary>
internal sealed class TricklingStream(byte[] content) : Stream
{
    private const int PieceBytes = 40_961;

    private int _position;

    /// <summary>The byte at which reading fails.</summary>
    public int FailAt { get; init; } = int.MaxValue;

    /// <summary>Told the position before each read.</summary>
    public Action<int>? OnRead { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        OnRead?.Invoke(_position);
        if (_position >= FailAt)
        {
            throw new IOException("The pipe broke.");
        }

        int count = Math.Min(Math.Min(buffer.Length, PieceBytes), content.Length - _position);
        content.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
