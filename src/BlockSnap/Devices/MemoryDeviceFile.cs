namespace BlockSnap.Devices;

/// <summary>One handle on a file of a <see cref="MemoryDevice"/>. Thread-safe.</summary>
internal sealed class MemoryDeviceFile(string name, MemoryFileContent content, Action<MemoryFileContent> close) : IDeviceFile
{
    // 1 once disposed.
    private int _disposed;

    public string Name { get; } = name;

    public long Length
    {
        get
        {
            ThrowIfDisposed();
            return content.Length;
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        DeviceRange.End(offset, destination.Length);
        ThrowIfDisposed();
        return content.Read(offset, destination);
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(offset, destination.Span));

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        DeviceRange.End(offset, source.Length);
        ThrowIfDisposed();
        if (!source.IsEmpty)
        {
            content.Write(offset, source);
        }
    }

    public void Allocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfDisposed();
        content.Allocate(length);
    }

    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfDisposed();
        content.SetLength(length);
    }

    public bool TryGiveBack(long offset, long length)
    {
        DeviceRange.End(offset, length);
        ThrowIfDisposed();
        content.GiveBack(offset, length);
        return true;
    }

    public void Flush() => ThrowIfDisposed();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            close(content);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
}
