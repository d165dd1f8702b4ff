using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <content>
/// Giving back: dead blocks become holes in a file in which others live on. Only blocks that the newest durable checkpoint calls dead, in
/// segments that no replay reads: nothing durable names them, as nothing names a file that a checkpoint frees (I5). A crash leaves their old
/// bytes, zeros, or some of both, and nobody looks. Heads of batches and indexes of containers stay: repair and scrub find the living blocks
/// by them.
/// </content>
internal sealed partial class LogBlockStore
{
    // A device gives back no less, and would have to write zeros instead.
    private const int HoleBytesMin = FormatVersion.PageBytes;

    // A file of which less than a sixteenth was dead when the pool was opened is taken to be given back already: to look at all files of a large
    // pool after each opening would cost more than it gives.
    private const int DeadShareAtOpening = 16;

    // Whether the device has said that it cannot give back; it is not asked again.
    private volatile bool _cannotGiveBack;

    // The sequence of the superblock of the newest checkpoint after which everything dead was given back.
    private long _givenBackAt;

    // Whether the files of which much was dead when the pool was opened were looked for: that is done when something is first given back. Under
    // the ledger's lock.
    private bool _knowsWhatWasLeft;

    /// <summary>Whether a checkpoint was made since everything dead was given back; a hint.</summary>
    public bool HasDeadToGiveBack => !_cannotGiveBack && Volatile.Read(ref _givenBackAt) != _current.Sequence;

    /// <summary>
    /// Gives the space of dead blocks back to the device, one segment after the other, the compaction lock held for each. A segment that was given
    /// back is not looked at again until more of it dies. A hole that fails is passed over: only space is lost.
    /// </summary>
    /// <param name="goOn">Asked before each hole; false ends the work.</param>
    /// <param name="given">Told after each segment how many more of its bytes are holes.</param>
    /// <returns>False when something is left, because the work was ended or a reader held a file.</returns>
    /// <exception cref="TooManyFilesException">A file could not be opened for want of a descriptor; it is tried again by the next call.</exception>
    public bool TryGiveBackDead(Func<bool> goOn, Action<long>? given = null)
    {
        bool isAll = true;
        long sequence = _current.Sequence;
        foreach (SegmentInfo segment in FindWithDead())
        {
            if (_cannotGiveBack)
            {
                return true;
            }

            if (!goOn())
            {
                return false;
            }

            lock (_compaction)
            {
                long before = segment.GivenBackBytes;
                isAll &= TryGiveBackDead(segment, goOn);
                given?.Invoke(segment.GivenBackBytes - before);
            }
        }

        if (isAll)
        {
            Volatile.Write(ref _givenBackAt, sequence);
        }

        return isAll;
    }

    // Called while the pool is opened.
    private void AssumeGivenBack()
    {
        foreach (SegmentInfo segment in Table.All.Where(segment => segment.Number < ReplaySegment))
        {
            segment.LiveBytesGivenBackAt = segment.LiveBytes;
        }
    }

    private List<SegmentInfo> FindWithDead()
    {
        lock (Ledger.Sync)
        {
            using (Gate.Enter())
            {
                if (!_knowsWhatWasLeft)
                {
                    FindWhatWasLeft();
                }

                return
                [
                    .. Table.All
                        .Where(segment => IsBeforeReplay(segment) && segment.LiveBytes < segment.LiveBytesGivenBackAt)
                        .OrderBy(segment => segment.Number),
                ];
            }
        }
    }

    // Files of which much is dead: the pool may have been closed before it gave that back. Ledger's lock and gate held.
    private void FindWhatWasLeft()
    {
        foreach (IGrouping<SegmentFile, SegmentInfo> residents in Table.All.Where(IsBeforeReplay).GroupBy(static segment => segment.File))
        {
            long bytes = residents.Key.Bytes;
            if (bytes - residents.Sum(static segment => segment.LiveBytes) >= bytes / DeadShareAtOpening)
            {
                foreach (SegmentInfo segment in residents)
                {
                    segment.LiveBytesGivenBackAt = long.MaxValue;
                }
            }
        }

        _knowsWhatWasLeft = true;
    }

    private bool IsBeforeReplay(SegmentInfo segment) => !segment.IsActive && segment.Number < ReplaySegment;

    private bool TryGiveBackDead(SegmentInfo segment, Func<bool> goOn)
    {
        if (!TryFindDead(segment, out List<(long Offset, int Bytes)> dead, out long live))
        {
            return true; // not known for sure, or not durable yet: the next checkpoint has it looked at again
        }

        IDeviceFile handle;
        using (Gate.Enter())
        {
            if (!IsInTable(segment))
            {
                return true;
            }

            // A reader that found a block before it died may still be reading it. Later readers find living blocks only.
            if (segment.File.IsPinned)
            {
                return false;
            }

            handle = Files.Pin(segment.File);
            segment.File.AllocatedBytes = 0; // before the file is used again, it has to be given its space again
        }

        try
        {
            return TryGiveBack(segment, handle, dead, live, goOn);
        }
        finally
        {
            segment.File.Unpin();
        }
    }

    private bool TryGiveBack(SegmentInfo segment, IDeviceFile handle, List<(long Offset, int Bytes)> dead, long live, Func<bool> goOn)
    {
        long given = 0;
        foreach ((long offset, int bytes) in dead)
        {
            if (!goOn())
            {
                return false;
            }

            try
            {
                if (!handle.TryGiveBack(offset, bytes))
                {
                    _cannotGiveBack = true;
                    return true;
                }

                given += bytes;
            }
            catch (IOException)
            {
                // Its bytes may be zeros now or not, and nobody looks. Only space is lost, until more dies in the segment.
            }
        }

        using (Gate.Enter())
        {
            segment.LiveBytesGivenBackAt = live;
            segment.GivenBackBytes = given;
        }

        return true;
    }

    // The whole pages of the segment's file in which all is dead. False when it is not known for sure what is dead, or when that is not durable.
    private bool TryFindDead(SegmentInfo segment, out List<(long Offset, int Bytes)> dead, out long live)
    {
        dead = [];
        live = 0;
        List<LogRecord> records;
        try
        {
            records = RecordsOf(segment);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }

        lock (Ledger.Sync) // no checkpoint beside it
        {
            if (!IsBeforeReplay(segment) || AreCountsDamaged(segment) || !Ledger.Counts.IsSettled(segment))
            {
                return false;
            }

            live = segment.LiveBytes;
            var ranges = new DeadRanges(dead, HoleBytesMin);
            long inContainer = segment.DataOffset;
            foreach (LogRecord record in records)
            {
                int bytes = segment.PaddedBytesOf(record.StoredBytes);
                long offset = segment.IsRelocated ? inContainer : segment.OriginalOffset(record.Slot);
                inContainer += bytes;
                if (Ledger.CountOf(new BlockId(segment.Number, record.Slot, record.SizeClass)) == 0)
                {
                    ranges.Add(offset, bytes);
                }
            }

            ranges.End();
            return true;
        }
    }
}
