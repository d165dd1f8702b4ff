namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// A saboteur: a device in memory that keeps what was flushed apart from what was not, and names apart from contents. From any moment it
/// gives the devices that a crash could leave (<see cref="CrashState"/>). A flush that failed forgets what it could not write: it stays
/// readable and no later flush makes it durable, as with ext4, xfs and btrfs. Not thread-safe: for pools without background work.
/// </summary>
/// <remarks>A device that a crash left behind has everything durable, and can crash again.</remarks>
internal sealed class CrashableDevice : IStorageDevice
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, Content> _names = [];
    private readonly List<(string Name, Content? Durable, Content? Now)> _nameChanges = [];
    private bool _owned;

    // Grows with every change, so that the last one of the whole device is known.
    private long _clock;

    /// <summary>Called before every call that changes something; it may take a crash state, or throw.</summary>
    public Action<DeviceCall, string>? Before { get; set; }

    public string Description => "crashable memory";

    /// <summary>Bytes of all files.</summary>
    public long Bytes => _names.Values.Sum(content => content.Now.Length);

    public bool Exists(string name) => _names.ContainsKey(name);

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        if (_names.TryGetValue(name, out Content? content))
        {
            return mode == DeviceFileMode.CreateNew ? throw new IOException($"{name} exists") : new Handle(this, name, content);
        }

        if (mode == DeviceFileMode.Open)
        {
            throw new FileNotFoundException(name);
        }

        Before?.Invoke(DeviceCall.Open, name);
        _names[name] = content = new Content();
        _nameChanges.Add((name, null, content));
        return new Handle(this, name, content);
    }

    public void Delete(string name)
    {
        if (_names.TryGetValue(name, out Content? content))
        {
            Before?.Invoke(DeviceCall.Delete, name);
            _names.Remove(name);
            _nameChanges.Add((name, content, null));
        }
    }

    public IReadOnlyList<string> List() => [.. _names.Keys.Order(StringComparer.Ordinal)];

    public void FlushNames()
    {
        Before?.Invoke(DeviceCall.FlushNames, "");
        _nameChanges.Clear();
    }

    public IDisposable AcquireOwnership()
    {
        if (_owned)
        {
            throw new PoolInUseException(Description);
        }

        _owned = true;
        return new Ownership(this);
    }

    public void Dispose()
    {
    }

    /// <summary>The device as a crash at this moment leaves it.</summary>
    public CrashableDevice CrashState(CrashMode mode, int seed = 0)
    {
        var random = new Random(seed);
        Change? last = _names.Values.SelectMany(content => content.Unsynced).MaxBy(change => change.Clock);
        int total = _names.Values.Sum(content => content.Unsynced.Count) + _nameChanges.Count;
        int dropped = mode == CrashMode.OneDropped && total > 0 ? random.Next(total) : -1;
        int number = 0;
        var state = new CrashableDevice();
        foreach ((string name, Content content) in NamesAfter(() => mode switch
        {
            CrashMode.Nothing => false,
            CrashMode.Subset => random.Next(2) == 0,
            _ => number++ != dropped,
        }))
        {
            byte[] bytes = [.. content.Durable];
            foreach (Change change in content.Unsynced)
            {
                switch (mode)
                {
                    case CrashMode.Nothing:
                        break;
                    case CrashMode.LastTorn when change == last:
                        int kept = random.Next(change.Sectors);
                        change.ApplyTo(ref bytes, sector => sector < kept);
                        break;
                    case CrashMode.Subset:
                        int fate = random.Next(3);
                        if (fate == 2)
                        {
                            int seen = random.Next(1, 8);
                            change.ApplyTo(ref bytes, sector => random.Next(8) < seen);
                        }
                        else if (fate == 1)
                        {
                            change.ApplyTo(ref bytes, static _ => true);
                        }

                        break;
                    default:
                        if (number++ != dropped)
                        {
                            change.ApplyTo(ref bytes, static _ => true);
                        }

                        break;
                }
            }

            state._names[name] = new Content { Now = bytes, Durable = [.. bytes] };
        }

        return state;
    }

    /// <summary>The bytes of a file, to read and to damage; what is written into them counts as durable.</summary>
    public void Edit(string name, Func<byte[], byte[]> edit)
    {
        Content content = _names[name];
        content.Now = edit([.. content.Now]);
        content.Durable = [.. content.Now];
        content.Unsynced.Clear();
    }

    // The names that a crash leaves: from the durable ones on, each change as the choice has it.
    private Dictionary<string, Content> NamesAfter(Func<bool> survives)
    {
        var names = new Dictionary<string, Content>(_names);
        foreach ((string name, Content? durable, _) in Enumerable.Reverse(_nameChanges))
        {
            Set(names, name, durable);
        }

        foreach ((string name, _, Content? now) in _nameChanges)
        {
            if (survives())
            {
                Set(names, name, now);
            }
        }

        return names;

        static void Set(Dictionary<string, Content> names, string name, Content? content)
        {
            if (content is null)
            {
                names.Remove(name);
            }
            else
            {
                names[name] = content;
            }
        }
    }

    // A write, or a change of length when there are no bytes.
    private sealed record Change(long Clock, long Offset, byte[] Bytes, bool IsLength)
    {
        public int Sectors => Math.Max(1, (Bytes.Length + SectorBytes - 1) / SectorBytes);

        public void ApplyTo(ref byte[] file, Func<int, bool> survives)
        {
            if (IsLength)
            {
                if (survives(0))
                {
                    Array.Resize(ref file, (int)Offset);
                }

                return;
            }

            for (int sector = 0; sector * SectorBytes < Bytes.Length; sector++)
            {
                if (survives(sector))
                {
                    ReadOnlySpan<byte> part = Bytes.AsSpan(sector * SectorBytes, Math.Min(SectorBytes, Bytes.Length - (sector * SectorBytes)));
                    int at = (int)Offset + (sector * SectorBytes);
                    if (file.Length < at + part.Length)
                    {
                        Array.Resize(ref file, at + part.Length);
                    }

                    part.CopyTo(file.AsSpan(at));
                }
            }
        }
    }

    private sealed class Content
    {
        public byte[] Durable = [];
        public byte[] Now = [];

        public List<Change> Unsynced { get; private set; } = [];

        public void Change(Change change)
        {
            change.ApplyTo(ref Now, static _ => true);
            Unsynced.Add(change);
        }

        public void Flush()
        {
            foreach (Change change in Unsynced)
            {
                change.ApplyTo(ref Durable, static _ => true);
            }

            Unsynced.Clear();
        }
    }

    private sealed class Ownership(CrashableDevice device) : IDisposable
    {
        public void Dispose() => device._owned = false;
    }

    private sealed class Handle(CrashableDevice device, string name, Content content) : ILossyFile
    {
        public string Name => name;

        public long Length => content.Now.Length;

        public int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Clamp(content.Now.Length - offset, 0, destination.Length);
            content.Now.AsSpan((int)Math.Min(offset, content.Now.Length), count).CopyTo(destination);
            return count;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken ct) => new(Read(offset, destination.Span));

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            device.Before?.Invoke(DeviceCall.Write, name);
            content.Change(new Change(++device._clock, offset, source.ToArray(), false));
        }

        public void Allocate(long length)
        {
            if (length > content.Now.Length)
            {
                device.Before?.Invoke(DeviceCall.Allocate, name);
                content.Change(new Change(++device._clock, length, [], true));
            }
        }

        public void SetLength(long length)
        {
            device.Before?.Invoke(DeviceCall.SetLength, name);
            content.Change(new Change(++device._clock, length, [], true));
        }

        public void Flush()
        {
            try
            {
                device.Before?.Invoke(DeviceCall.Flush, name);
            }
            catch (IOException)
            {
                LoseUnsynced();
                throw;
            }

            content.Flush();
        }

        public void LoseUnsynced() => content.Unsynced.Clear();

        public void Dispose()
        {
        }
    }
}
