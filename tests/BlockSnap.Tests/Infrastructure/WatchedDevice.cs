namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// A device that knows what a power cut would take: the files written and not flushed since, and whether names were created and not
/// flushed since. It outlives the pools on it, as the caches of an operating system outlive processes; and it lets a test fail a write.
/// Thread-safe.
/// </summary>
internal sealed class WatchedDevice(IStorageDevice inner) : IStorageDevice
{
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _unflushed = new(StringComparer.Ordinal);
    private bool _namesUnflushed;

    /// <summary>Files with content in caches only; "(names)" when a file's name is.</summary>
    public IReadOnlyList<string> Unflushed
    {
        get
        {
            lock (_gate)
            {
                return _namesUnflushed ? [.. _unflushed, "(names)"] : [.. _unflushed];
            }
        }
    }

    /// <summary>How often all names were asked for.</summary>
    public int Lists { get; private set; }

    /// <summary>Called with the file's name before each write, which fails when this throws.</summary>
    public Action<string>? Writing { get; set; }

    public string Description => inner.Description;

    public bool Exists(string name) => inner.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        lock (_gate)
        {
            _namesUnflushed |= mode != DeviceFileMode.Open && !inner.Exists(name);
        }

        return new WatchedFile(this, inner.Open(name, mode));
    }

    public void Delete(string name)
    {
        inner.Delete(name);
        lock (_gate)
        {
            _unflushed.Remove(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            Lists++;
        }

        return inner.List();
    }

    public void FlushNames()
    {
        inner.FlushNames();
        lock (_gate)
        {
            _namesUnflushed = false;
        }
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    public void Dispose() => inner.Dispose();

    private void Note(string name, bool flushed)
    {
        lock (_gate)
        {
            _ = flushed ? _unflushed.Remove(name) : _unflushed.Add(name);
        }
    }

    private sealed class WatchedFile(WatchedDevice device, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination) => file.Read(offset, destination);

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => file.ReadAsync(offset, destination, cancellationToken);

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            device.Writing?.Invoke(Name);
            device.Note(Name, flushed: false);
            file.Write(offset, source);
        }

        public void Allocate(long length) => file.Allocate(length);

        public void SetLength(long length) => file.SetLength(length);

        public bool TryGiveBack(long offset, long length) => file.TryGiveBack(offset, length);

        public void Flush()
        {
            file.Flush();
            device.Note(Name, flushed: true);
        }

        public void Dispose() => file.Dispose();
    }
}
