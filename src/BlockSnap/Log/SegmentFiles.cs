using BlockSnap.Primitives;

namespace BlockSnap.Log;

/// <summary>
/// The segment files of a pool: which exist, which are free, which are open. Freed files are recycled in place, because blocks that were
/// written once sync twice as fast, and pages that are in the system's cache are written three times as fast; some are kept for that, the
/// rest go back to the device. All members are called under the gate.
/// </summary>
internal sealed partial class SegmentFiles : IDisposable
{
    /// <summary>Free files kept for recycling while nothing is written.</summary>
    public const int SparesAtRest = 4;

    /// <summary>Files of the capacity that only bookkeeping may take: the most that the reserve has to be.</summary>
    public const int ReserveFiles = 3;

    // What compaction leaves of the capacity for the log, whose checkpoint gives back what was moved.
    private const int LogReserveFiles = 1;

    /// <summary>
    /// Segments that a capacity has room for at least: the log, the reserve, and what a checkpoint or a container writes while the old is there still. In
    /// half as many, small ones, rollbacks and discards can use up the reserve, which a checkpoint needs.
    /// </summary>
    public const int CapacityFilesMin = 16;

    private readonly IStorageDevice _device;
    private readonly OpenSegmentFiles _open;
    private readonly int _segmentBytes;
    private readonly long _capacityBytes;

    // Those in which something lives, or that wait for a last reader. Sparse: a number read from the device must not cost its size.
    private readonly Dictionary<int, SegmentFile> _files = [];
    private readonly SpareFiles _spare;
    private readonly List<SegmentFile> _retired = [];
    private int _count;

    // Of the files in which something lives; of no use without a capacity.
    private long _bytesInUse;

    // No number below it is free.
    private int _lowestFree;

    /// <exception cref="ArgumentOutOfRangeException">The capacity is too small for a pool of such segments to live in.</exception>
    public SegmentFiles(IStorageDevice device, int segmentBytes, long? capacityBytes)
    {
        if (capacityBytes < (long)CapacityFilesMin * segmentBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacityBytes), capacityBytes, $"The option CapacityBytes must be at least sixteen segments: {(long)CapacityFilesMin * segmentBytes} bytes in this pool, whose segments have {segmentBytes}. A new pool may have smaller ones (SegmentBytes).");
        }

        _device = device;
        _open = new OpenSegmentFiles(device);
        _spare = new SpareFiles(segmentBytes);
        _segmentBytes = segmentBytes;
        _capacityBytes = capacityBytes ?? long.MaxValue;
    }

    /// <summary>Files ever created.</summary>
    public int Count => _count;

    /// <summary>Bytes of all files, free ones included.</summary>
    public long Bytes => SumOfFiles() + ((long)_spare.Count * _segmentBytes) + BytesInReserve;

    public int InUse => _files.Count;

    /// <summary>Free files kept for recycling at most; never more than half of those in use, but for a few.</summary>
    public int SparesMax { get; set; } = SparesAtRest;

    /// <summary>Free files there are.</summary>
    public int Spares => _spare.Count;

    /// <summary>Whether a file was created since names were last made durable.</summary>
    public bool NamesChanged { get; set; }

    /// <summary>A file for a new segment, with space for all of it.</summary>
    /// <param name="bookkeeping">Whether the reserve may be used.</param>
    /// <exception cref="PoolFullException">The capacity or the device is exhausted; nothing changed.</exception>
    public SegmentFile Allocate(bool bookkeeping)
    {
        ThrowIfBeyondCapacity(_segmentBytes, leave: bookkeeping ? 0 : ReserveFiles);
        if (_spare.Count == 0 && _reserve.Count > ReserveWanted)
        {
            return TakeReserve();
        }

        try
        {
            return AllocateFree(_segmentBytes, _segmentBytes);
        }
        catch (Exception e) when (Shortage.Is(e) && bookkeeping && _reserve.Count > 0)
        {
            IsReserveTaken = IsReserveShort = true;
            return TakeReserve();
        }
    }

    /// <summary>Refuses data while bookkeeping lives on the reserve: a segment opened from it is not for data either.</summary>
    /// <exception cref="PoolFullException">It does.</exception>
    public void ThrowIfInReserve() => ThrowIfBeyondCapacity(_segmentBytes, leave: ReserveFiles - 1);

    /// <summary>A file for a container.</summary>
    /// <param name="bytes">What will be written into it.</param>
    /// <param name="leave">Files of the reserve that are not for it.</param>
    /// <exception cref="PoolFullException">There is no space for it; nothing changed.</exception>
    public SegmentFile AllocateContainer(long bytes, int leave)
    {
        ThrowIfBeyondCapacity(bytes, LogReserveFiles);
        SegmentFile file;
        try
        {
            file = AllocateFree(bytes, 0);
        }
        catch (Exception e) when (Shortage.Is(e) && _reserve.Count > leave && _reserve.Peek().Bytes >= bytes)
        {
            file = TakeReserve();
        }

        file.Bytes = bytes;
        file.AllocatedBytes = 0; // it is cut to what is written
        SumUp();
        return file;
    }

    public bool Exists(SegmentFile file) => _device.Exists(file.Name);

    /// <summary>Whether a name is that of a file in use or kept for later.</summary>
    public bool Knows(string name) => _files.Values.Concat(_spare).Concat(_reserve).Any(file => file.Name == name) || _making?.Name == name;

    /// <summary>Opens a file beside all bookkeeping; the caller closes it.</summary>
    public IDeviceFile OpenUnplaced(int number) => _device.Open(SegmentFile.NameOf(number), DeviceFileMode.Open);

    /// <summary>Pins a file and returns its open handle.</summary>
    public IDeviceFile Pin(SegmentFile file)
    {
        IDeviceFile handle = file.Handle ?? _open.Open(file, DeviceFileMode.Open);
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

    /// <summary>Recycles or deletes retired files that nobody reads any more.</summary>
    public void Recycle()
    {
        for (int i = _retired.Count - 1; i >= 0; i--)
        {
            SegmentFile file = _retired[i];
            if (!file.IsIdle)
            {
                continue;
            }

            _retired.RemoveAt(i);
            _files.Remove(file.Number);
            SegmentFile free = _open.Replace(file);
            GiveBack(free, _spare.Count < Math.Min(SparesMax, Math.Max(SparesAtRest, InUse / 2)) || !TryDelete(free));
        }

        SumUp();
        Recount();
    }

    /// <summary>Deletes one free file when there are more than are to be kept, beside the reserve.</summary>
    /// <returns>Whether one was deleted.</returns>
    public bool TryDropSpare(int keep)
    {
        if (_reserve.Count > ReserveWanted)
        {
            _spare.Push(DropReserve());
            Recount();
        }

        return _spare.Count > keep && _spare.TryTake(ready: false, out SegmentFile? file) && TryDeleteFree(file);
    }

    public void Dispose() => _open.Dispose();

    // Small containers take what they have, and no whole file of the capacity: else it would be full of them.
    private void ThrowIfBeyondCapacity(long bytes, int leave)
    {
        if (_capacityBytes < long.MaxValue && bytes > _capacityBytes - ((long)leave * _segmentBytes) - _bytesInUse)
        {
            throw Full();
        }
    }

    private SegmentFile AllocateFree(long bytes, long fileBytes)
    {
        ThrowIfBeyondCapacity(bytes + BytesInReserve, leave: 0); // else there would be more of it than may ever be taken
        SegmentFile file = OpenWithSpace(bytes);
        file.Bytes = fileBytes;
        return Add(file);
    }

    // A free file with so many bytes of space; nothing is asked of the device where it is open and has them. One that was cut to a container's
    // length and cannot grow is given back: what it takes may be what the next one lacks.
    private SegmentFile OpenWithSpace(long bytes)
    {
        while (true)
        {
            bool isSpare = _spare.TryTake(ready: bytes == _segmentBytes, out SegmentFile? file);
            file ??= new SegmentFile(FindAbsent());
            DropSparesBeyondCapacity(bytes);
            try
            {
                IDeviceFile handle = file.Handle ?? _open.Open(file, DeviceFileMode.OpenOrCreate);
                if (isSpare && bytes < _segmentBytes && _capacityBytes < long.MaxValue)
                {
                    handle.SetLength(0); // a longer file would take what nobody counts
                    file.AllocatedBytes = 0;
                }

                if (file.AllocatedBytes < bytes)
                {
                    handle.Allocate(bytes);
                    file.AllocatedBytes = bytes;
                }

                NamesChanged = true;
                return file;
            }
            catch (Exception e)
            {
                _open.Close(file);
                bool isGone = (!isSpare || e is PoolFullException) && TryDelete(file);
                if (file.Number < _count || !isGone)
                {
                    _count = Math.Max(_count, file.Number + 1);
                    GiveBack(file, !isGone);
                }

                if (!isSpare || !isGone)
                {
                    throw;
                }
            }
        }
    }

    // Free files count for nothing until they are used, and may be shorter than a segment: with so many bytes more there may be too many of them.
    private void DropSparesBeyondCapacity(long bytes)
    {
        while (_capacityBytes < long.MaxValue && bytes > _capacityBytes - Bytes && _spare.TryTake(ready: false, out SegmentFile? file) && TryDeleteFree(file))
        {
        }
    }

    private SegmentFile Add(SegmentFile file)
    {
        _files[file.Number] = file;
        _count = Math.Max(_count, file.Number + 1);
        SumUp();
        Recount();
        return file;
    }

    // Only where it is looked at, with each file: so that a write looks at a number.
    private void SumUp() => _bytesInUse = _capacityBytes == long.MaxValue ? 0 : SumOfFiles();

    private long SumOfFiles() => _files.Values.Sum(static file => file.Bytes);

    private int FindAbsent()
    {
        while (_files.ContainsKey(_lowestFree) || _spare.Concat(_reserve).Any(file => file.Number == _lowestFree) || _lowestFree == _making?.Number)
        {
            _lowestFree++;
        }

        return _lowestFree;
    }

    private void GiveBack(SegmentFile file, bool exists)
    {
        if (exists)
        {
            _spare.Push(file);
        }

        _lowestFree = Math.Min(_lowestFree, file.Number);
    }

    // Of a file that was taken out of those that are free.
    private bool TryDeleteFree(SegmentFile file)
    {
        bool isDeleted = TryDelete(file);
        GiveBack(file, !isDeleted);
        return isDeleted;
    }

    // What cannot be deleted stays a spare file: nothing lives in it, so nothing is lost by a failure but space.
    private bool TryDelete(SegmentFile file)
    {
        _open.Close(file);
        try
        {
            _device.Delete(file.Name);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private PoolFullException Full() => new(_segmentBytes, _capacityBytes == long.MaxValue ? null : _capacityBytes);
}
