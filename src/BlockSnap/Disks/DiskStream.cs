namespace BlockSnap.Disks;

/// <summary>A seekable stream over a disk. Its length is the disk's size; it ends where the disk ends. For one thread at a time.</summary>
internal sealed class DiskStream(IDisk disk) : Stream
{
    private long _position;
    private bool _disposed;

    public override bool CanRead => !_disposed;

    public override bool CanSeek => !_disposed;

    public override bool CanWrite => !_disposed && (disk.Capabilities & DiskCapabilities.Write) != 0;

    public override long Length => disk.Size;

    public override long Position
    {
        get => _position;
        set
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int count = Available(buffer.Length);
        if (count > 0)
        {
            disk.Read(_position, buffer[..count]);
            _position += count;
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Available(buffer.Length);
        if (count > 0)
        {
            await disk.ReadAsync(_position, buffer[..count], cancellationToken).ConfigureAwait(false);
            _position += count;
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfPastEnd(buffer.Length);
        disk.Write(_position, buffer);
        _position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfPastEnd(buffer.Length);
        await disk.WriteAsync(_position, buffer, cancellationToken).ConfigureAwait(false);
        _position += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        if (target < 0)
        {
            throw new IOException("A stream cannot be placed before its beginning.");
        }

        return Position = target;
    }

    public override void SetLength(long value)
    {
        throw new NotSupportedException("A stream does not change the size of its disk; resize the disk.");
    }

    public override void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (CanWrite)
        {
            disk.Flush();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return CanWrite ? disk.FlushAsync(cancellationToken).AsTask() : Task.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        base.Dispose(disposing);
    }

    private int Available(int wanted)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return (int)Math.Clamp(Length - _position, 0, wanted);
    }

    private void ThrowIfPastEnd(int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position > Length - count)
        {
            throw new IOException($"{count} bytes at {_position} do not fit into '{disk.Name}', which has {Length} bytes; resize the disk first.");
        }
    }
}
