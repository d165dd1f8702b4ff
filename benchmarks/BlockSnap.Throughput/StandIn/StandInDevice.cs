namespace BlockSnap.Throughput.StandIn;

/// <summary>
/// A device that keeps no data: for a block of <see cref="StandInData"/> it keeps a byte in memory, and everything else in sparse files of an
/// inner device. So a disk of 1 TiB takes 16 GiB there, for its maps and the heads of its log, and 256 MiB of memory. It counts what it is
/// asked for. An opening reads only heads and nodes, which are all there, so the pool can be opened on the inner device alone too.
/// </summary>
/// <param name="inner">The device for everything but data.</param>
internal sealed class StandInDevice(IStorageDevice inner) : IStorageDevice
{
    private readonly Dictionary<string, StandInContent> _contents = [];
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public string Description => inner.Description;

    public DeviceCounts Counts { get; } = new();

    /// <summary>Memory that stands in for data, in bytes.</summary>
    public long HeldBytes
    {
        get
        {
            lock (_lock)
            {
                return _contents.Values.Sum(content => content.HeldBytes);
            }
        }
    }

    /// <inheritdoc/>
    public bool Exists(string name) => inner.Exists(name);

    /// <inheritdoc/>
    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        IDeviceFile file = inner.Open(name, mode);
        lock (_lock)
        {
            if (!_contents.TryGetValue(name, out StandInContent? content))
            {
                _contents.Add(name, content = new StandInContent());
            }

            return new StandInFile(file, content, Counts);
        }
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        lock (_lock)
        {
            _contents.Remove(name);
        }

        inner.Delete(name);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => inner.List();

    /// <inheritdoc/>
    public void FlushNames() => Counts.AddFlush();

    /// <inheritdoc/>
    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
