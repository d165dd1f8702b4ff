namespace BlockSnap.Log;

/// <content>
/// Free files made ahead of need by a thread of their own: creating one takes tens of milliseconds while the device flushes, and under the
/// gate everybody would wait for it. Begin and end are called under the gate, the making in between is not.
/// </content>
internal sealed partial class SegmentFiles
{
    private const int AheadMax = 4;

    // A small pool is not made larger by files that it does not need yet.
    private const int FilesInUsePerFileAhead = 8;

    private static readonly byte[] s_zeros = new byte[64 << 10];

    // The number of the file that is being made, or -1.
    private int _making = -1;

    private bool HasRoomAhead => _capacityBytes == long.MaxValue || Bytes <= _capacityBytes - _segmentBytes;

    /// <summary>Chooses the number of a file to be made, when one is wanted.</summary>
    public bool TryBeginSpare(out int number)
    {
        number = -1;
        if (_making >= 0 || _isDeviceFull || IsReserveShort || _spare.Count >= Math.Min(AheadMax, InUse / FilesInUsePerFileAhead)
            || !HasRoomAhead)
        {
            return false;
        }

        _making = number = FindAbsent();
        _count = Math.Max(_count, number + 1);
        return true;
    }

    /// <summary>Makes the file, with space for a segment. Gate not held.</summary>
    /// <param name="number">What <see cref="TryBeginSpare"/> chose.</param>
    /// <param name="written">Whether its blocks are written too: they sync twice as fast afterwards.</param>
    /// <returns>The open file, or null: then whoever needs one next meets the reason and tells it.</returns>
    public IDeviceFile? TryMakeSpare(int number, bool written)
    {
        IDeviceFile? file = null;
        try
        {
            file = _device.Open(SegmentFile.NameOf(number), DeviceFileMode.OpenOrCreate);
            file.Allocate(_segmentBytes);
            for (int at = 0; written && at < _segmentBytes; at += s_zeros.Length)
            {
                file.Write(at, s_zeros.AsSpan(0, Math.Min(s_zeros.Length, _segmentBytes - at)));
            }

            if (written)
            {
                file.Flush();
            }

            return file;
        }
        catch (IOException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>Takes the file in; or deletes it, where it was not made or others have used up the capacity meanwhile.</summary>
    /// <param name="made">What <see cref="TryMakeSpare"/> returned.</param>
    public void EndSpare(IDeviceFile? made)
    {
        var file = new SegmentFile(_making) { Handle = made };
        if (made is not null)
        {
            file.AllocatedBytes = _segmentBytes;
            _open.Add(file);
        }

        bool fits = made is not null && HasRoomAhead;
        GiveBack(file, fits || !TryDelete(file));
        _making = -1;
    }
}
