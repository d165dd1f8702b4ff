namespace BlockSnap.Devices;

/// <summary>
/// A device over another one that is only read: what is written stays in memory and is forgotten with it. So a pool can be recovered after a
/// crash, and read, without changing its files. Thread-safe.
/// </summary>
internal sealed class OverlayDevice(IStorageDevice inner) : IStorageDevice
{
    private readonly Lock _gate = new();

    // Both under _gate.
    private readonly Dictionary<string, OverlayContent> _contents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    public string Description => inner.Description;

    public int OpenFilesMax => inner.OpenFilesMax;

    public bool Exists(string name)
    {
        lock (_gate)
        {
            return _contents.ContainsKey(name) || IsBelow(name);
        }
    }

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        lock (_gate)
        {
            bool isBelow = IsBelow(name);
            bool exists = isBelow || _contents.ContainsKey(name);
            if (exists && mode == DeviceFileMode.CreateNew)
            {
                throw new IOException($"'{name}' exists already.");
            }

            if (!exists && mode == DeviceFileMode.Open)
            {
                throw new FileNotFoundException($"'{name}' does not exist.", name);
            }

            IDeviceFile? below = isBelow ? inner.Open(name, DeviceFileMode.Open) : null;
            if (!_contents.TryGetValue(name, out OverlayContent? content))
            {
                _contents[name] = content = new OverlayContent(below?.Length ?? 0);
            }

            return new OverlayFile(name, below, content);
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            _contents.Remove(name);
            _deleted.Add(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            return [.. inner.List().Where(name => !_deleted.Contains(name)).Union(_contents.Keys).Order(StringComparer.Ordinal)];
        }
    }

    public void FlushNames()
    {
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    /// <summary>Does nothing: the inner device is its owner's.</summary>
    public void Dispose()
    {
    }

    // A name that was deleted here no longer leads to the file below, not even when it is created anew.
    private bool IsBelow(string name) => !_deleted.Contains(name) && inner.Exists(name);
}
