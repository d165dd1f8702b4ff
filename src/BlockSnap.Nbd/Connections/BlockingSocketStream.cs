using System.Net.Sockets;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// A socket as a stream whose calls block in the kernel. Each connection has a thread of its own, and a thread that blocks in a receive
/// wakes sooner than one that is woken by way of the socket engine and the thread pool. The first asynchronous call would make the
/// socket non-blocking for good, so the asynchronous forms block here too. Owns the socket. Only one thread reads.
/// </summary>
internal sealed class BlockingSocketStream(Socket socket, ReceivePolling polling) : Stream
{
    // Whether the last wait was so short that it is worth polling for the end of the next.
    private bool _waitsShortly;

    /// <summary>Whether bytes are there to be read.</summary>
    public bool HasInput => socket.Available > 0;

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
        try
        {
            long start = polling.Start();
            bool seen = _waitsShortly && polling.TryAwait(socket, start);
            int received = socket.Receive(buffer);
            _waitsShortly = seen || polling.WasShort(start);
            return received;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (buffer.Length > 0)
            {
                buffer = buffer[socket.Send(buffer)..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
