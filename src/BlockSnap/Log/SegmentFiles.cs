using BlockSnap.Primitives;

namespace BlockSnap.Log;

/// <summary>
/// The segment files of a pool: which exist, which are free, which are open. Some freed files are kept to be used again, because blocks that
/// were written once sync twice as fast, and pages that are in the system's cache are written three times as fast; the rest are given back to
/// the device. All members are called under the gate.
/// </summary>
internal sealed partial class SegmentFiles : IDisposable
{
    /// <summary>Free files kept for recycling while nothing is written.</summary>
    public const int SparesAtRest = 4;

    /// <summary>Files of the capacity that only bookkeeping may take: the most that the reserve has to be.</summary>
    public const int ReserveFiles = 3;

    /// <summary>
    /// How many segments a capacity must have room for: the log, the reserve, and what a checkpoint or a container writes while the old is still
    /// there. In half as many small ones rollbacks and discards could use up the reserve that a checkpoint needs.
    /// </summary>
    public const int CapacityFilesMin = 16;

    private readonly IStorageDevice _device;
    private readonly OpenSegmentFiles _open;
    private readonly int _segmentBytes;
    private readonly long _capacityBytes;

    // Files in which something lives, or that wait for a last reader. A dictionary: a large number read from the device must not cost memory.
    private readonly Dictionary<int, SegmentFile> _files = [];
    private readonly SpareFiles _spare;
    private readonly List<SegmentFile> _retired = [];
    private int _count;

    // Bytes of the files in which something lives; not kept up without a capacity.
    private long _bytesInUse;

    // No number below it is free.
    private int _lowestFree;

    /// <exception cref="ArgumentOutOfRangeException">The capacity is too small for a pool of such segments to live in.</exception>
    public SegmentFiles(IStorageDevice device, int segmentBytes, long? capacityBytes)
    {
        if (capacityBytes < (long)CapacityFilesMin * segmentBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacityBytes),
                capacityBytes,
                $"The option CapacityBytes must be at least sixteen segments: {(long)CapacityFilesMin * segmentBytes} bytes in this pool, "
                + $"whose segments have {segmentBytes}. A new pool may have smaller ones (SegmentBytes).");
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
        try
        {
            ThrowIfBeyondCapacity(_segmentBytes, leave: bookkeeping ? 0 : ReserveFiles);
            return _spare.Count == 0 && _reserve.Count > ReserveWanted ? TakeReserve() : AllocateFree(_segmentBytes, _segmentBytes);
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
    /// <param name="leave">
    /// How many files of the reserve, or of the capacity, it must leave to the checkpoint that gives back what was moved.
    /// </param>
    /// <exception cref="PoolFullException">There is no space for it; nothing changed.</exception>
    public SegmentFile AllocateContainer(long bytes, int leave)
    {
        ThrowIfBeyondCapacity(bytes, leave);
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

    /// <summary>
    /// Gives a file back; one that a reader still holds is recycled when the reader is done. A checkpoint without the file is durable already.
    /// </summary>
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

    /// <summary>Deletes one free file when there are more than are to be kept, not counting the reserve.</summary>
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

    // A small container counts with its own bytes, not as a whole file: else a capacity would soon be full of small ones.
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

    // A free file with so many bytes of space; when it is open and has them, the device is not asked for anything. A file that was cut to a
    // container's length and cannot grow is given back: the space it takes may be what the next one lacks.
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
        while (_capacityBytes < long.MaxValue
            && bytes > _capacityBytes - Bytes
            && _spare.TryTake(ready: false, out SegmentFile? file)
            && TryDeleteFree(file))
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

    // Called whenever a file comes, goes or changes its size, so that a write only compares numbers.
    private void SumUp() => _bytesInUse = _capacityBytes == long.MaxValue ? 0 : SumOfFiles();

    private long SumOfFiles() => _files.Values.Sum(static file => file.Bytes);

    // The lowest number that no file has.
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

    // The file was taken out of the free ones; it goes back to them when it cannot be deleted.
    private bool TryDeleteFree(SegmentFile file)
    {
        bool isDeleted = TryDelete(file);
        GiveBack(file, !isDeleted);
        return isDeleted;
    }

    // A file that cannot be deleted stays a spare one: nothing lives in it, so a failure loses nothing but space.
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
