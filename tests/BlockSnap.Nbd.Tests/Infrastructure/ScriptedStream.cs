namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>A client without a socket: each receive gets the next bytes of a script, each send is noted.</summary>
/// <param name="next">Asked for what comes next; empty ends the connection.</param>
/// <param name="sent">Told what the server sends, if anybody cares.</param>
internal sealed class ScriptedStream(Func<ReadOnlyMemory<byte>> next, Action<ReadOnlyMemory<byte>>? sent = null) : Stream
{
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_rest.IsEmpty)
        {
            _rest = next();
        }

        int count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer) => sent?.Invoke(buffer.ToArray());

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
