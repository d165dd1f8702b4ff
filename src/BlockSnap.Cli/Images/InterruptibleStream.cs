namespace BlockSnap.Cli;

/// <summary>
/// A standard stream, in one direction, without a position and so without sparse tricks. A read or write that the other end keeps
/// waiting can be cancelled: it goes on in a thread of its own, over a buffer that nobody else has, and ends with the process.
/// </summary>
internal sealed class InterruptibleStream(Stream inner, TimeProvider? time = null) : Stream
{
    /// <summary>Bytes a call moves at most; one pipe of Linux holds 64 KiB.</summary>
    private const int PieceBytes = 1 << 20;

    private static readonly TimeSpan SignalDelay = TimeSpan.FromMilliseconds(100);

    private byte[] _buffer = [];

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        byte[] own = BufferOf(buffer.Length);
        int wanted = Math.Min(buffer.Length, own.Length);
        int count = await Task.Run(() => inner.Read(own, 0, wanted), CancellationToken.None).WaitAsync(cancellationToken);
        if (count == 0 && cancellationToken.CanBeCanceled)
        {
            // Ctrl-C ends a whole pipeline: half an image must not pass for a whole one because its end came a moment before the signal.
            await Task.Delay(SignalDelay, time ?? TimeProvider.System, cancellationToken);
        }

        own.AsMemory(0, count).CopyTo(buffer);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            byte[] own = BufferOf(buffer.Length);
            int count = Math.Min(buffer.Length, own.Length);
            buffer[..count].CopyTo(own);
            await Task.Run(() => inner.Write(own, 0, count), CancellationToken.None).WaitAsync(cancellationToken);
            buffer = buffer[count..];
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Not closed: the process has one of each, and a call that was given up may still be in it.
    private byte[] BufferOf(int wanted)
    {
        if (_buffer.Length < Math.Min(wanted, PieceBytes))
        {
            _buffer = new byte[Math.Min(wanted, PieceBytes)];
        }

        return _buffer;
    }
}
