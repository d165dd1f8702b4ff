namespace BlockSnap.Cli;

/// <summary>
/// A standard stream, in one direction and without a position, so nothing in it can be skipped. A read or write that the other end keeps
/// waiting can be cancelled: the call itself goes on in another thread, over a buffer that nobody else uses, until the process ends.
/// Disposing it closes nothing: the process has one stream of each kind, and a call that was given up may still be using it.
/// </summary>
internal sealed class InterruptibleStream(Stream inner, TimeProvider? time = null) : Stream
{
    /// <summary>The most bytes that one call moves. (A pipe of Linux holds 64 KiB.)</summary>
    private const int PieceBytes = 1 << 20;

    private static readonly TimeSpan s_signalDelay = TimeSpan.FromMilliseconds(100);

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
            // Ctrl-C ends all programs of a pipeline. The end of this stream may be seen a moment before the signal, and half an image
            // must not pass for a whole one: so wait whether a signal comes.
            await Task.Delay(s_signalDelay, time ?? TimeProvider.System, cancellationToken);
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

    private byte[] BufferOf(int wanted)
    {
        if (_buffer.Length < Math.Min(wanted, PieceBytes))
        {
            _buffer = new byte[Math.Min(wanted, PieceBytes)];
        }

        return _buffer;
    }
}
