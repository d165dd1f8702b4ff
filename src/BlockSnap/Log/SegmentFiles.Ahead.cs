using System.Diagnostics.CodeAnalysis;

namespace BlockSnap.Log;

/// <content>
/// Free files are made ready ahead of need, by a thread of its own: creating one, or finding space for one that was cut to a container's length,
/// takes tens of milliseconds while the device flushes, and under the gate everybody would wait for it. Begin and end are called under the
/// gate, the making in between is not.
/// </content>
internal sealed partial class SegmentFiles
{
    /// <summary>
    /// What is written of a file beside the log before it is flushed, about a millisecond of a fast device. Whoever flushes the log meanwhile waits
    /// for what the device has been given.
    /// </summary>
    public const int BytesPerFlush = 1 << 20;

    // How many files are ready at most, made of free ones: what a fast writer fills in fifty milliseconds. New ones take space, so fewer are made.
    private const int ReadyMax = 16;
    private const int AheadMax = 4;

    // A small pool is not made larger by files that it does not need yet.
    private const int FilesInUsePerFileAhead = 8;

    // Small pieces, whatever is flushed at a time: the system keeps a piece of 1 MiB as one folio, and counts all of it as written with each 4 KiB
    // that is written and flushed there later.
    private static readonly byte[] s_zeros = new byte[64 << 10];

    // What is being made ready, or null.
    private SegmentFile? _making;

    private bool HasRoomAhead => _capacityBytes == long.MaxValue || Bytes <= _capacityBytes - _segmentBytes;

    /// <summary>Chooses a file to be made ready, when one is wanted: a free one, or a new one.</summary>
    public bool TryBeginSpare([NotNullWhen(true)] out SegmentFile? file)
    {
        int ready = _spare.ReadyCount;
        bool isThere = ready < _spare.Count;
        int readyMax = Math.Min(isThere ? ReadyMax : AheadMax, InUse / FilesInUsePerFileAhead);
        bool isWanted = _making is null && !_isDeviceFull && !IsReserveShort && ready < readyMax && (isThere || HasRoomAhead);
        if (!isWanted)
        {
            file = null;
            return false;
        }

        if (!isThere || !_spare.TryTake(ready: false, out file))
        {
            file = new SegmentFile(FindAbsent());
            _count = Math.Max(_count, file.Number + 1);
        }

        _making = file;
        file.AddPin(); // its handle stays open
        return true;
    }

    /// <summary>Opens the file and takes space for a segment. Gate not held.</summary>
    /// <param name="file">What <see cref="TryBeginSpare"/> chose.</param>
    /// <param name="written">Whether to fill it with zeros too where it was never written: blocks that were written sync twice as fast.</param>
    /// <returns>The open file; null when that failed. Whoever needs a file next then meets the reason and reports it.</returns>
    public IDeviceFile? TryMakeSpare(SegmentFile file, bool written)
    {
        IDeviceFile? handle = file.Handle;
        try
        {
            handle ??= _device.Open(file.Name, DeviceFileMode.OpenOrCreate);
            long length = handle.Length;
            handle.Allocate(_segmentBytes);
            if (written && length < _segmentBytes)
            {
                WriteZeros(handle, length);
            }

            return handle;
        }
        catch (IOException)
        {
            if (file.Handle is null)
            {
                handle?.Dispose();
            }

            return null;
        }
    }

    /// <summary>Takes the file in, or deletes it when it could not be made or when others have used up the capacity meanwhile.</summary>
    /// <param name="handle">What <see cref="TryMakeSpare"/> returned.</param>
    public void EndSpare(IDeviceFile? handle)
    {
        SegmentFile file = _making!;
        _making = null;
        file.Unpin();
        if (handle is null)
        {
            GiveBack(file, !TryDelete(file));
            return;
        }

        if (file.Handle is null)
        {
            _open.Add(file, handle);
        }

        file.AllocatedBytes = _segmentBytes;
        GiveBack(file, HasRoomAhead || !TryDelete(file));
    }

    // Flushed, so that the first batch need not wait for the zeros; nothing relies on it.
    private void WriteZeros(IDeviceFile handle, long at)
    {
        for (long flushed = at; at < _segmentBytes;)
        {
            int bytes = (int)Math.Min(s_zeros.Length, _segmentBytes - at);
            handle.Write(at, s_zeros.AsSpan(0, bytes));
            at += bytes;
            if (at == _segmentBytes || at - flushed >= BytesPerFlush)
            {
                handle.Flush();
                flushed = at;
            }
        }
    }
}
