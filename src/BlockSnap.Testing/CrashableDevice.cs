using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace BlockSnap.Testing;

/// <summary>
/// A saboteur: a device in memory that keeps what was flushed apart from what was not, and names apart from contents. At any moment it can
/// give a device as a crash could leave it (<see cref="CrashState"/>). A flush that fails forgets what it could not write: those bytes stay
/// readable, but no later flush makes them durable, as with ext4, xfs and btrfs. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A device that a crash left behind has everything durable, and can crash again.</para>
/// <para>A file is an array of at most 2 GiB. Devices made from one another share the bytes that neither has changed.</para>
/// </remarks>
public sealed class CrashableDevice : IStorageDevice
{
    private const int SectorsPerPage = 8;

    // All guarded by Gate, which is never held while Before is called.
    private readonly Dictionary<string, CrashableContent> _names = [];
    private readonly List<(string Name, CrashableContent? Durable, CrashableContent? Now)> _nameChanges = [];
    private bool _owned;
    private long _clock;
    private volatile bool _disposed;

    /// <summary>
    /// Called before every call that changes or flushes something, with the file's name. It may take a crash state, use the pool, or throw.
    /// </summary>
    public Action<DeviceCall, string>? Before { get; set; }

    /// <inheritdoc/>
    public string Description => "crashable memory";

    /// <summary>
    /// The most bytes that all files together may have; what would exceed it raises <see cref="PoolFullException"/>. Default null: no limit.
    /// </summary>
    public long? CapacityBytes { get; set; }

    /// <summary>The bytes of all files together.</summary>
    public long Bytes
    {
        get
        {
            lock (Gate)
            {
                return _names.Values.Sum(content => (long)content.Now.Length);
            }
        }
    }

    /// <summary>Changes of contents and names that no flush covers yet.</summary>
    public int UnsyncedCount
    {
        get
        {
            lock (Gate)
            {
                return _names.Values.Sum(content => content.Unsynced.Count) + _nameChanges.Count;
            }
        }
    }

    internal Lock Gate { get; } = new();

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        Check(name);
        lock (Gate)
        {
            return _names.ContainsKey(name);
        }
    }

    /// <inheritdoc/>
    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        Check(name);
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown mode.");
        }

        if (Find(name) is { } known)
        {
            return mode == DeviceFileMode.CreateNew
                ? throw new IOException($"Creating '{name}' failed: the file exists.")
                : new CrashableFile(this, name, known);
        }

        if (mode == DeviceFileMode.Open)
        {
            throw new FileNotFoundException($"There is no file '{name}'.", name);
        }

        Announce(DeviceCall.Open, name);
        lock (Gate)
        {
            // Another thread may have created it meanwhile.
            if (!_names.TryGetValue(name, out CrashableContent? content))
            {
                _names[name] = content = new CrashableContent();
                _nameChanges.Add((name, null, content));
            }

            return new CrashableFile(this, name, content);
        }
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        Check(name);
        if (Find(name) is null)
        {
            return;
        }

        Announce(DeviceCall.Delete, name);
        lock (Gate)
        {
            if (_names.Remove(name, out CrashableContent? content))
            {
                _nameChanges.Add((name, content, null));
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (Gate)
        {
            return [.. _names.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public void FlushNames()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Announce(DeviceCall.FlushNames, "");
        lock (Gate)
        {
            _nameChanges.Clear();
        }
    }

    /// <inheritdoc/>
    public IDisposable AcquireOwnership()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (Gate)
        {
            if (_owned)
            {
                throw new PoolInUseException(Description);
            }

            _owned = true;
            return new Ownership(this);
        }
    }

    /// <summary>Ends the device; crash states can still be taken from it.</summary>
    public void Dispose() => _disposed = true;

    /// <summary>The device as a crash at this moment leaves it.</summary>
    /// <param name="mode">Which unsynced changes survive.</param>
    /// <param name="seed">Decides whatever the mode leaves open.</param>
    public CrashableDevice CrashState(CrashMode mode, int seed = 0)
    {
        lock (Gate)
        {
            var random = new SeededRandom(seed);
            UnsyncedChange? last = _names.Values.SelectMany(content => content.Unsynced).MaxBy(change => change.Clock);
            int total = UnsyncedCount;
            int dropped = mode == CrashMode.OneDropped && total > 0 ? (int)((uint)seed % (uint)total) : -1;
            int cut = mode == CrashMode.AllCut ? random.Next(1 << random.Next(1, 14)) : 0;
            int number = 0;
            var state = new CrashableDevice();
            foreach ((string name, CrashableContent content) in NamesAfter(() => mode switch
            {
                CrashMode.Nothing => false,
                CrashMode.Subset or CrashMode.AllCut => random.Next(2) == 0,
                _ => number++ != dropped,
            }))
            {
                state._names[name] = content.After(Choose);
            }

            return state;

            void Choose(UnsyncedChange change, SharedBytes bytes)
            {
                switch (mode)
                {
                    case CrashMode.Nothing:
                        break;
                    case CrashMode.LastTorn when change == last:
                        int kept = random.Next(change.Sectors);
                        change.ApplyTo(bytes, sector => sector < kept);
                        break;
                    case CrashMode.LastTornByPage when change == last:
                        int pages = random.Next((change.Sectors + SectorsPerPage - 1) / SectorsPerPage);
                        change.ApplyTo(bytes, sector => sector < pages * SectorsPerPage);
                        break;
                    case CrashMode.AllCut:
                        if (random.Next(2) == 0 && !change.IsLength)
                        {
                            bytes.Write((int)change.Offset, change.Bytes.AsSpan(0, Math.Min(cut, change.Bytes.Length - 1)));
                        }

                        break;
                    case CrashMode.Subset:
                        ChooseAny(change, bytes, random);
                        break;
                    default:
                        if (number++ != dropped)
                        {
                            change.ApplyTo(bytes);
                        }

                        break;
                }
            }
        }
    }

    /// <summary>
    /// The device as the end of its process leaves it: what was not flushed is still in the system's caches, where it can be read, and is lost
    /// if the power fails.
    /// </summary>
    public CrashableDevice Copy()
    {
        lock (Gate)
        {
            var copies = new Dictionary<CrashableContent, CrashableContent>();
            var state = new CrashableDevice { _clock = _clock, CapacityBytes = CapacityBytes };
            foreach ((string name, CrashableContent content) in _names)
            {
                state._names[name] = CopyOf(content)!;
            }

            foreach ((string name, CrashableContent? durable, CrashableContent? now) in _nameChanges)
            {
                state._nameChanges.Add((name, CopyOf(durable), CopyOf(now)));
            }

            return state;

            CrashableContent? CopyOf(CrashableContent? content)
            {
                if (content is null)
                {
                    return null;
                }

                ref CrashableContent? copy = ref CollectionsMarshal.GetValueRefOrAddDefault(copies, content, out _);
                return copy ??= content.Copy();
            }
        }
    }

    /// <summary>A checksum of all names and contents as they read now, to tell devices apart.</summary>
    public ulong Fingerprint()
    {
        lock (Gate)
        {
            var text = new StringBuilder();
            foreach (string name in _names.Keys.Order(StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"{name} {_names[name].Now.Length} {_names[name].Now.Checksum:x16}\n");
            }

            return BlockChecksum.Compute(Encoding.ASCII.GetBytes(text.ToString()));
        }
    }

    /// <summary>Changes the bytes of a file without anybody noticing. The new bytes count as durable.</summary>
    /// <param name="name">A file that exists.</param>
    /// <param name="edit">Gets a copy of the bytes and returns the new ones.</param>
    public void Edit(string name, Func<byte[], byte[]> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        lock (Gate)
        {
            CrashableContent content = _names[name];
            content.Replace(edit(content.Now.Span.ToArray()));
        }
    }

    // Called with Gate held, before a file grows by so many bytes.
    internal void ThrowIfFull(long growth)
    {
        if (growth > 0 && CapacityBytes is { } capacity && growth > capacity - Bytes)
        {
            throw new PoolFullException(growth, capacity);
        }
    }

    internal void Announce(DeviceCall call, string name) => Before?.Invoke(call, name);

    // Called with Gate held.
    internal long NextClock() => ++_clock;

    private static void ChooseAny(UnsyncedChange change, SharedBytes bytes, SeededRandom random)
    {
        switch (random.Next(3))
        {
            case 0:
                break;
            case 1:
                change.ApplyTo(bytes);
                break;
            default:
                int seen = random.Next(1, 8);
                change.ApplyTo(bytes, _ => random.Next(8) < seen);
                break;
        }
    }

    // The names that a crash leaves: the durable ones, with those changes applied that survive.
    private Dictionary<string, CrashableContent> NamesAfter(Func<bool> survives)
    {
        var names = new Dictionary<string, CrashableContent>(_names);
        foreach ((string name, CrashableContent? durable, _) in Enumerable.Reverse(_nameChanges))
        {
            Set(names, name, durable);
        }

        foreach ((string name, _, CrashableContent? now) in _nameChanges)
        {
            if (survives())
            {
                Set(names, name, now);
            }
        }

        return names;

        static void Set(Dictionary<string, CrashableContent> names, string name, CrashableContent? content)
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

    private CrashableContent? Find(string name)
    {
        lock (Gate)
        {
            return _names.GetValueOrDefault(name);
        }
    }

    private void Check(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DeviceFileName.ThrowIfInvalid(name);
    }

    private sealed class Ownership(CrashableDevice device) : IDisposable
    {
        private CrashableDevice? _device = device;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _device, null) is { } owned)
            {
                lock (owned.Gate)
                {
                    owned._owned = false;
                }
            }
        }
    }
}
