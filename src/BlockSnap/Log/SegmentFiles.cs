namespace BlockSnap.Log;

/// <summary>
/// The segment files of a pool: which exist, which are free, which are open. Freed files are recycled in place, because blocks that were
/// written once sync twice as fast; a few are kept for that, the rest go back to the device. All members are called under the gate.
/// </summary>
internal sealed class SegmentFiles : IDisposable
{
    /// <summary>Free files kept for recycling.</summary>
    public const int SparesMax = 4;

    /// <summary>
    /// Files that only checkpoints, releases, compaction and other bookkeeping may take, so that deleting works on a full pool. Compaction
    /// leaves one for the log, whose checkpoint gives back what was moved.
    /// </summary>
    public const int ReserveFiles = 3;

    private const int LogReserveFiles = 1;

    private readonly IStorageDevice _device;
    private readonly int _segmentBytes;
    private readonly long _capacityFiles;
    private readonly List<SegmentFile?> _files = [];
    private readonly Stack<int> _spare = new();
    private readonly Stack<int> _absent = new();
    private readonly List<SegmentFile> _retired = [];
    private int _openHandles;
    private int _clock;

    public SegmentFiles(IStorageDevice device, int segmentBytes, long? capacityBytes)
    {
        _device = device;
        _segmentBytes = segmentBytes;
        _capacityFiles = capacityBytes is { } bytes ? bytes / segmentBytes : int.MaxValue;
    }

    /// <summary>Files ever created.</summary>
    public int Count => _files.Count;

    /// <summary>Files that exist, free ones included.</summary>
    public int Existing => _files.Count - _absent.Count;

    /// <summary>Files that bookkeeping may still take.</summary>
    public long Available => _capacityFiles - InUse;

    /// <summary>Bytes of all files, free ones included.</summary>
    public long Bytes => _files.Sum(file => file?.Bytes ?? 0) + ((long)_spare.Count * _segmentBytes);

    public int InUse => Existing - _spare.Count;

    /// <summary>Whether a file was created since names were last made durable.</summary>
    public bool NamesChanged { get; set; }

    /// <summary>Takes over what a superblock says: files up to a number, of which some are in use.</summary>
    public void Load(int count, IReadOnlySet<int> used)
    {
        for (int number = 0; number < count; number++)
        {
            _files.Add(used.Contains(number) ? new SegmentFile(number) { Bytes = _segmentBytes } : null);
            if (!used.Contains(number))
            {
                (_device.Exists(SegmentFile.NameOf(number)) ? _spare : _absent).Push(number);
            }
        }
    }

    /// <summary>Takes a free file out of reserve because replay found a segment in it.</summary>
    public SegmentFile Claim(int number)
    {
        while (_files.Count <= number)
        {
            _absent.Push(_files.Count);
            _files.Add(null);
        }

        Remove(_spare, number);
        Remove(_absent, number);
        return _files[number] ??= new SegmentFile(number) { Bytes = _segmentBytes };
    }

    /// <summary>A file for a new segment or container.</summary>
    /// <param name="bookkeeping">Whether the reserve may be used.</param>
    /// <exception cref="PoolFullException">The capacity or the device is exhausted; nothing changed.</exception>
    public SegmentFile Allocate(bool bookkeeping) => Allocate(bookkeeping ? 0 : ReserveFiles, _segmentBytes);

    /// <summary>Refuses data while bookkeeping lives on the reserve: a segment opened from it is not for data either.</summary>
    /// <exception cref="PoolFullException">It does.</exception>
    public void ThrowIfInReserve()
    {
        if (InUse > _capacityFiles - ReserveFiles)
        {
            throw Full();
        }
    }

    /// <summary>A file that holds just what will be written into it.</summary>
    public SegmentFile AllocateContainer() => Allocate(LogReserveFiles, 0);

    private SegmentFile Allocate(int reserve, long bytes)
    {
        if (InUse >= _capacityFiles - reserve)
        {
            throw Full();
        }

        int number = _spare.TryPop(out int spare) ? spare : _absent.TryPop(out int absent) ? absent : _files.Count;
        var file = new SegmentFile(number) { Bytes = bytes };
        try
        {
            IDeviceFile handle = Open(file, DeviceFileMode.OpenOrCreate);
            if (bytes > 0)
            {
                handle.Allocate(bytes);
            }
        }
        catch
        {
            Close(file);
            if (number < _files.Count)
            {
                (_device.Exists(file.Name) ? _spare : _absent).Push(number);
            }

            throw;
        }

        if (number == _files.Count)
        {
            _files.Add(file);
        }

        _files[number] = file;
        NamesChanged = true;
        return file;
    }

    public SegmentFile Get(int number) =>
        number >= 0 && number < _files.Count && _files[number] is { } file
            ? file
            : throw new PoolCorruptedException(SegmentFile.NameOf(number), "the segment table names a file that the superblock does not know");

    /// <summary>The numbers of the files that lie on the device, known or not: for finding evidence, never to decide what is valid.</summary>
    public IEnumerable<int> FindAll()
    {
        foreach (string name in _device.List())
        {
            if (name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(SegmentFile.Prefix.Length), out int number))
            {
                yield return number;
            }
        }
    }

    /// <summary>Opens a file beside all bookkeeping; the caller closes it.</summary>
    public IDeviceFile OpenUnplaced(int number) => _device.Open(SegmentFile.NameOf(number), DeviceFileMode.Open);

    public bool Exists(SegmentFile file) => _device.Exists(file.Name);

    /// <summary>Pins a file and returns its open handle.</summary>
    public IDeviceFile Pin(SegmentFile file)
    {
        IDeviceFile handle = file.Handle ?? Open(file, DeviceFileMode.Open);
        file.AddPin();
        return handle;
    }

    /// <summary>Gives a file back; what a reader still holds is recycled when the reader is done. The caller has seen a durable checkpoint without it.</summary>
    public void Free(SegmentFile file)
    {
        file.Retired = true;
        _retired.Add(file);
        Recycle();
    }

    /// <summary>After a replay: frees every file in which no segment lives.</summary>
    public void FreeUnused(IReadOnlySet<int> used)
    {
        for (int number = 0; number < _files.Count; number++)
        {
            if (_files[number] is { } file && !used.Contains(number))
            {
                Close(file);
                _files[number] = null;
                (_device.Exists(file.Name) ? _spare : _absent).Push(number);
            }
        }
    }

    /// <summary>Recycles or deletes retired files that nobody reads any more.</summary>
    public void Recycle()
    {
        for (int i = _retired.Count - 1; i >= 0; i--)
        {
            SegmentFile file = _retired[i];
            if (file.IsPinned || file.Unsynced)
            {
                continue;
            }

            _retired.RemoveAt(i);
            Close(file);
            _files[file.Number] = null;
            (_spare.Count >= SparesMax && TryDelete(file.Number) ? _absent : _spare).Push(file.Number);
        }
    }

    /// <summary>Deletes the spare files too.</summary>
    public void Trim()
    {
        Recycle();
        int[] spares = [.. _spare];
        _spare.Clear();
        foreach (int number in spares)
        {
            (TryDelete(number) ? _absent : _spare).Push(number);
        }
    }

    public void Dispose()
    {
        foreach (SegmentFile? file in _files)
        {
            file?.Handle?.Dispose();
        }
    }

    private IDeviceFile Open(SegmentFile file, DeviceFileMode mode)
    {
        if (_openHandles >= _device.OpenFilesMax)
        {
            TryCloseSome();
        }

        while (true)
        {
            try
            {
                file.Handle = _device.Open(file.Name, mode);
                _openHandles++;
                return file.Handle;
            }
            catch (FileNotFoundException e)
            {
                throw new PoolCorruptedException(file.Name, "the file is missing", e);
            }
            catch (IOException) when (TryCloseSome())
            {
                // The process may have as many files open as it may: then one that is closed makes room.
            }
        }
    }

    // A clock over the files: closes up to an eighth of the handles that nobody uses.
    private bool TryCloseSome()
    {
        int wanted = _device.OpenFilesMax / 8;
        int before = _openHandles;
        for (int step = 0; step < _files.Count && wanted > 0; step++)
        {
            _clock = (_clock + 1) % _files.Count;
            if (_files[_clock] is { Handle: not null, IsPinned: false, Unsynced: false } file)
            {
                Close(file);
                wanted--;
            }
        }

        return _openHandles < before;
    }

    private void Close(SegmentFile file)
    {
        if (file.Handle is { } handle)
        {
            file.Handle = null;
            _openHandles--;
            handle.Dispose();
        }
    }

    // What cannot be deleted stays a spare file: nothing lives in it, so nothing is lost by a failure but space.
    private bool TryDelete(int number)
    {
        try
        {
            _device.Delete(SegmentFile.NameOf(number));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private PoolFullException Full() => new(_segmentBytes, _capacityFiles * _segmentBytes);

    private static void Remove(Stack<int> stack, int number)
    {
        if (stack.Contains(number))
        {
            int[] rest = [.. stack.Where(n => n != number).Reverse()];
            stack.Clear();
            foreach (int n in rest)
            {
                stack.Push(n);
            }
        }
    }
}
