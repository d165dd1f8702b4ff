using BlockSnap.Devices;

namespace BlockSnap;

/// <summary>
/// A storage device in the memory of the process, for tests and for pools that need not outlive it. It keeps its files when a pool on it
/// is closed, so that one pool after another can open it.
/// </summary>
/// <remarks>
/// <para>Thread-safe.</para>
/// <para>Memory is taken in chunks of 64 KiB where something was written, so a sparse file of terabytes costs what is in it. The
/// capacity counts in such chunks too. Flushing does nothing.</para>
/// </remarks>
public sealed class MemoryDevice : IStorageDevice
{
    private readonly MemoryCapacity _capacity;

    // Taken before the lock of a file's content, never after it.
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, MemoryFileContent> _files = [];

    // 1 while there is an owner.
    private int _owned;

    private volatile bool _disposed;

    /// <summary>Creates an empty device.</summary>
    /// <param name="capacityBytes">Memory the contents may take in all, rounded down to 64 KiB; null (default) for no limit.</param>
    public MemoryDevice(long? capacityBytes = null)
    {
        if (capacityBytes is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(limit, nameof(capacityBytes));
        }

        _capacity = new MemoryCapacity(capacityBytes);
    }

    /// <inheritdoc/>
    public string Description => "memory";

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        Check(name);
        lock (_gate)
        {
            return _files.ContainsKey(name);
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

        lock (_gate)
        {
            bool exists = _files.TryGetValue(name, out MemoryFileContent? content);
            if (exists && mode == DeviceFileMode.CreateNew)
            {
                throw new IOException($"Creating '{name}' in memory failed: the file exists.");
            }

            if (!exists)
            {
                if (mode == DeviceFileMode.Open)
                {
                    throw new FileNotFoundException($"There is no file '{name}' in memory.", name);
                }

                _files[name] = content = new MemoryFileContent(_capacity);
            }

            content!.HandleCount++;
            return new MemoryDeviceFile(name, content, Close);
        }
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        Check(name);
        lock (_gate)
        {
            if (_files.Remove(name, out MemoryFileContent? content))
            {
                content.IsDeleted = true;
                ReleaseIfUnreachable(content);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_gate)
        {
            return [.. _files.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public void FlushNames() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <inheritdoc/>
    public IDisposable AcquireOwnership()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Interlocked.Exchange(ref _owned, 1) == 0
            ? new MemoryOwnership(() => Volatile.Write(ref _owned, 0))
            : throw new PoolInUseException(Description);
    }

    /// <summary>Ends the device; its files are gone but for those still open.</summary>
    public void Dispose()
    {
        _disposed = true;
        lock (_gate)
        {
            _files.Clear();
        }
    }

    private void Check(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DeviceFileName.ThrowIfInvalid(name);
    }

    private void Close(MemoryFileContent content)
    {
        lock (_gate)
        {
            content.HandleCount--;
            ReleaseIfUnreachable(content);
        }
    }

    // As with a file system, a deleted file takes space until its last handle is closed.
    private static void ReleaseIfUnreachable(MemoryFileContent content)
    {
        if (content.IsDeleted && content.HandleCount == 0)
        {
            content.SetLength(0);
        }
    }
}
