namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// A device that has so many pages of space, as a file system has: a hole takes none, and what is written into one takes it again, or finds none. Thread-safe.
/// </summary>
internal sealed class ThinDevice(CrashableDevice medium) : IStorageDevice
{
    public const int PageBytes = 4096;

    private readonly Lock _gate = new();

    // The pages of each file that have space; under _gate.
    private readonly Dictionary<string, HashSet<long>> _pages = [];

    public CrashableDevice Medium => medium;

    public string Description => medium.Description;

    /// <summary>Pages that all files together may have.</summary>
    public long PagesMax { get; set; } = long.MaxValue;

    /// <summary>Pages that were given back as holes.</summary>
    public long PagesGivenBack { get; private set; }

    /// <summary>The files in which a write found no space, though it was promised with the file.</summary>
    public HashSet<string> WritesRefused { get; } = [];

    public long PagesTaken
    {
        get
        {
            lock (_gate)
            {
                return _pages.Values.Sum(static pages => (long)pages.Count);
            }
        }
    }

    /// <summary>The same device as a crash leaves it, with as much space.</summary>
    public ThinDevice CrashState(CrashMode mode)
    {
        var left = new ThinDevice(medium.CrashState(mode)) { PagesMax = PagesMax };
        lock (_gate)
        {
            foreach (string name in left.Medium.List())
            {
                using IDeviceFile file = left.Medium.Open(name, DeviceFileMode.Open);
                long length = file.Length;
                left._pages[name] = [.. _pages.GetValueOrDefault(name, []).Where(page => page * PageBytes < length)];
            }
        }

        return left;
    }

    public bool Exists(string name) => medium.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode) => new ThinFile(this, medium.Open(name, mode));

    public void Delete(string name)
    {
        medium.Delete(name);
        lock (_gate)
        {
            _pages.Remove(name);
        }
    }

    public IReadOnlyList<string> List() => medium.List();

    public void FlushNames() => medium.FlushNames();

    public IDisposable AcquireOwnership() => medium.AcquireOwnership();

    public void Dispose()
    {
    }

    private void Take(string name, long offset, long length)
    {
        lock (_gate)
        {
            HashSet<long> pages = PagesOf(name);
            List<long> missing = [.. Range(offset / PageBytes, (offset + length + PageBytes - 1) / PageBytes).Where(page => !pages.Contains(page))];
            if (missing.Count > PagesMax - PagesTaken)
            {
                throw new PoolFullException(length, PagesMax * PageBytes);
            }

            pages.UnionWith(missing);
        }
    }

    private void GiveBack(string name, long from, long to)
    {
        lock (_gate)
        {
            PagesGivenBack += PagesOf(name).RemoveWhere(page => page >= from && page < to);
        }
    }

    private HashSet<long> PagesOf(string name) => _pages.TryGetValue(name, out HashSet<long>? pages) ? pages : _pages[name] = [];

    private static IEnumerable<long> Range(long from, long to)
    {
        for (long page = from; page < to; page++)
        {
            yield return page;
        }
    }

    private sealed class ThinFile(ThinDevice device, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination) => file.Read(offset, destination);

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => file.ReadAsync(offset, destination, cancellationToken);

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            try
            {
                device.Take(Name, offset, source.Length);
            }
            catch (PoolFullException)
            {
                device.WritesRefused.Add(Name);
                throw;
            }

            file.Write(offset, source);
        }

        public void Allocate(long length)
        {
            device.Take(Name, 0, length);
            file.Allocate(length);
        }

        public void SetLength(long length)
        {
            file.SetLength(length);
            lock (device._gate)
            {
                device.PagesOf(Name).RemoveWhere(page => page * PageBytes >= length);
            }
        }

        public bool TryGiveBack(long offset, long length)
        {
            bool isGiven = file.TryGiveBack(offset, length);
            device.GiveBack(Name, (offset + PageBytes - 1) / PageBytes, (offset + length) / PageBytes);
            return isGiven;
        }

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
