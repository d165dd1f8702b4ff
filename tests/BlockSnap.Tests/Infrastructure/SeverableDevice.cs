namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// A saboteur: a device that can be taken away from its pool in the middle of its life, as when a process is killed. What reached the
/// device before stays, what the abandoned pool still tries fails, and the ownership is free for the next pool. Thread-safe.
/// </summary>
/// <remarks>It owns nothing: the inner device outlives it, and each life of a pool gets a new one around the same inner device.</remarks>
internal sealed class SeverableDevice(IStorageDevice inner) : IStorageDevice
{
    // Held for reading by every operation, for writing to sever: no operation is half done when Sever returns.
    private readonly ReaderWriterLockSlim _gate = new();
    private IDisposable? _ownership;
    private long _writtenBytes;
    private bool _isSevered;

    public string Description => inner.Description;

    /// <summary>Bytes written through this device so far.</summary>
    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public void Sever()
    {
        _gate.EnterWriteLock();
        _isSevered = true;
        _ownership?.Dispose();
        _gate.ExitWriteLock();
    }

    public bool Exists(string name) => Run(() => inner.Exists(name));

    public IDeviceFile Open(string name, DeviceFileMode mode) => Run(() => new SeverableFile(this, inner.Open(name, mode)));

    public void Delete(string name) => Run(() => inner.Delete(name));

    public IReadOnlyList<string> List() => Run(inner.List);

    public void FlushNames() => Run(inner.FlushNames);

    public IDisposable AcquireOwnership() => _ownership = Run(inner.AcquireOwnership);

    public void Dispose()
    {
    }

    private void Run(Action operation) => Run(() =>
    {
        operation();
        return true;
    });

    private T Run<T>(Func<T> operation)
    {
        _gate.EnterReadLock();
        try
        {
            ThrowIfSevered();
            return operation();
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    private void ThrowIfSevered()
    {
        if (_isSevered)
        {
            throw new IOException("The device was taken away: the test killed this pool.");
        }
    }

    private sealed class SeverableFile(SeverableDevice device, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => device.Run(() => file.Length);

        public int Read(long offset, Span<byte> destination)
        {
            device._gate.EnterReadLock();
            try
            {
                device.ThrowIfSevered();
                return file.Read(offset, destination);
            }
            finally
            {
                device._gate.ExitReadLock();
            }
        }

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Read(offset, destination.Span);
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            device._gate.EnterReadLock();
            try
            {
                device.ThrowIfSevered();
                file.Write(offset, source);
                Interlocked.Add(ref device._writtenBytes, source.Length);
            }
            finally
            {
                device._gate.ExitReadLock();
            }
        }

        public void Allocate(long length) => device.Run(() => file.Allocate(length));

        public bool TryGiveBack(long offset, long length) => device.Run(() => file.TryGiveBack(offset, length));

        public void SetLength(long length) => device.Run(() => file.SetLength(length));

        public void Flush() => device.Run(file.Flush);

        public void Dispose() => file.Dispose();
    }
}
