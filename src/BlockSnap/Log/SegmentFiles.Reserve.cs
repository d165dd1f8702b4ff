using BlockSnap.Format;
using BlockSnap.Primitives;

namespace BlockSnap.Log;

/// <content>
/// The reserve: free files that hold their space on the device, and their descriptors. Only bookkeeping (checkpoints, deletes, rollback,
/// compaction) may take them, so that it goes on when the device or the process has no more. The reserve is filled before data are taken, and
/// again when space returns.
/// Invariant: data are appended only while the nodes that a checkpoint would have to write fit into it.
/// </content>
internal sealed partial class SegmentFiles
{
    /// <summary>One map node in the log with its record and its share of a batch's head.</summary>
    public const int NodeInBatchBytes = (BlockId.NodeBytes + LogRecord.Bytes) / 16 * 17;

    // What data leave free beside what a checkpoint would write: for the heads of batches, and for what may still happen to a full pool.
    // New snapshots and disks leave a third of it to rollbacks, discards and deletes.
    private const int SlackMin = 48 << 10;

    // Of a file made when there is no space for a whole one: room for a node and a page of the catalog at least, see UsableOf.
    private const int ShortestBytes = 8 * FormatVersion.PageBytes;

    private readonly Stack<SegmentFile> _reserve = new();
    private long _catalogBytes;
    private bool _isDeviceFull;

    /// <summary>
    /// Map nodes without a name that data may make before the reserve has to be looked at again; -1 when it is short.
    /// </summary>
    public int NodesAllowed { get; private set; } = -1;

    /// <summary>What a checkpoint writes of the catalog at most.</summary>
    public long CatalogBytes
    {
        get => _catalogBytes;
        set
        {
            _catalogBytes = value;
            Recount();
        }
    }

    /// <summary>Whether the device refused a write for want of space and has taken none since.</summary>
    public bool IsDeviceFull
    {
        get => _isDeviceFull;
        set
        {
            if (_isDeviceFull != value)
            {
                _isDeviceFull = value;
                Recount();
            }
        }
    }

    /// <summary>Files that are held as reserve.</summary>
    public int ReserveCount => _reserve.Count;

    /// <summary>
    /// Whether bookkeeping lives on the reserve. Then a checkpoint is due: it frees files of the log in which nothing lives any more, and writes
    /// the nodes while they fit.
    /// </summary>
    public bool IsReserveTaken { get; set; }

    /// <summary>
    /// Whether all that is dead was given back, and there was still no room for what gives space back: then that may take the last of the reserve.
    /// </summary>
    public bool IsAllGivenBack { get; set; }

    /// <summary>Whether there is less reserve than there should be: then every dead byte is worth a move.</summary>
    public bool IsReserveShort { get; private set; }

    // One for a checkpoint; one for a container, when there is anything to compact; in a larger pool one more for what lies beside the log.
    private int ReserveWanted => InUse switch { 0 => 0, 1 => 1, < 32 => 2, _ => ReserveFiles };

    // When there is nothing but the segment in use, there is nothing to compact.
    private int ContainerFiles => InUse > 1 ? 1 : 0;

    private long Usable => UsableOf(_segmentBytes);

    private long Slack => Math.Max(Usable / 8, SlackMin);

    public long BytesInReserve
    {
        get
        {
            long bytes = 0;
            foreach (SegmentFile file in _reserve)
            {
                bytes += file.Bytes;
            }

            return bytes;
        }
    }

    private long BytesOf(ReserveShare leave) => leave switch
    {
        ReserveShare.None => 0,
        ReserveShare.OfCompaction => ContainerFiles * Usable,
        _ => (ContainerFiles * Usable) + (Slack / 3),
    };

    /// <summary>Fills the reserve before data are taken.</summary>
    /// <param name="nodes">Map nodes that have no name yet.</param>
    /// <exception cref="PoolFullException">There is no space for it: data would live on what bookkeeping needs.</exception>
    public void HoldReserve(int nodes)
    {
        if (_isDeviceFull)
        {
            throw Full();
        }

        IsReserveShort = true;
        while (nodes > NodesAllowed)
        {
            AddToReserve();
        }

        IsReserveShort = false;
    }

    /// <summary>Sees to it that so many bytes of bookkeeping can be appended, before the first of them is.</summary>
    /// <param name="bytes">Of blocks and records.</param>
    /// <param name="roomInSegment">What the segment in use still takes.</param>
    /// <param name="leave">What of the reserve is for others.</param>
    /// <exception cref="PoolFullException">There is no space for all of it; nothing changed.</exception>
    public void HoldRoom(long bytes, long roomInSegment, ReserveShare leave)
    {
        while (!HasRoom(bytes, roomInSegment, leave))
        {
            try
            {
                AddToReserve();
            }
            catch (PoolFullException)
            {
                // What is no whole segment is for what gives space back.
                if (leave == ReserveShare.OfGrowth || !TryAddShorter())
                {
                    IsReserveShort = true;
                    throw;
                }
            }
        }
    }

    /// <summary>Whether so many bytes of bookkeeping fit into the segment in use and the reserve, with the heads of their batches.</summary>
    public bool HasRoom(long bytes, long roomInSegment, ReserveShare leave) =>
        WithHeads(bytes) <= roomInSegment + Math.Max(0, _reserve.Sum(static file => UsableOf(file.Bytes)) - BytesOf(leave));

    /// <summary>The same without the reserve.</summary>
    public static bool HasRoomInSegment(long bytes, long roomInSegment) => WithHeads(bytes) <= roomInSegment;

    /// <summary>Fills the reserve again as far as there is space for it. A checkpoint was made.</summary>
    public void Refill()
    {
        IsReserveTaken = false;
        try
        {
            while (!_isDeviceFull && _reserve.Count(file => file.Bytes == _segmentBytes) < ReserveWanted)
            {
                AddToReserve();
            }

            IsReserveShort = false;
        }
        catch (Exception e) when (Shortage.Is(e))
        {
            // The next data meet the same, and are refused.
        }
    }

    /// <summary>Gives a free file back to the device, so that what lies beside the log finds space.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryGiveUp()
    {
        if (!_spare.TryTake(ready: false, out SegmentFile? file))
        {
            if (_reserve.Count == 0)
            {
                return false;
            }

            file = DropReserve();
        }

        bool isDeleted = TryDeleteFree(file);
        Recount();
        return isDeleted;
    }

    /// <summary>
    /// Makes room for the checkpoint that an opening after a crash needs, on a device that has no space for another file: it gives back what the
    /// last file of the log holds behind the log's end, all of which is void. That is the room that bookkeeping counted on in the segment in use,
    /// found again for shorter files.
    /// </summary>
    /// <param name="last">The last file of the replayed log.</param>
    /// <param name="endBytes">Where the log ends in it.</param>
    public void Squeeze(SegmentFile last, int endBytes)
    {
        IDeviceFile handle = Pin(last);
        try
        {
            if (endBytes < handle.Length)
            {
                handle.SetLength(endBytes);
                last.Bytes = endBytes;
                last.AllocatedBytes = 0;
                SumUp();
            }
        }
        finally
        {
            last.Unpin();
        }
    }

    // Every segment has its header, the page that ends it, the head of a batch at least, and behind its last block less room than a node takes.
    private static long UsableOf(long bytes) => Math.Max(0, bytes - Math.Max(bytes / 8, (3 * FormatVersion.PageBytes) + BlockId.NodeBytes));

    private static long WithHeads(long bytes) => bytes + (bytes / 32) + (2 * FormatVersion.PageBytes);

    private void AddToReserve() => AddToReserve(_segmentBytes);

    private void AddToReserve(int bytes)
    {
        ThrowIfBeyondCapacity(bytes + BytesInReserve, leave: 0);
        SegmentFile file = OpenWithSpace(bytes);
        file.Bytes = bytes;
        file.AddPin(); // stays open
        _count = Math.Max(_count, file.Number + 1);
        _reserve.Push(file);
        Recount();
    }

    // The longest that there is space for.
    private bool TryAddShorter()
    {
        for (int bytes = _segmentBytes / 2; bytes >= ShortestBytes; bytes /= 2)
        {
            try
            {
                AddToReserve(bytes);
                return true;
            }
            catch (PoolFullException)
            {
                // a shorter one then
            }
        }

        return false;
    }

    private SegmentFile TakeReserve()
    {
        SegmentFile file = _reserve.Pop();
        file.Unpin();
        return Add(file);
    }

    private SegmentFile DropReserve()
    {
        SegmentFile file = _reserve.Pop();
        file.Unpin();
        return file;
    }

    private void Recount()
    {
        int whole = 0;
        foreach (SegmentFile file in _reserve) // no query, which would allocate: each segment that data open comes here
        {
            whole += file.Bytes == _segmentBytes ? 1 : 0;
        }

        long room = ((whole - ContainerFiles) * Usable) - Slack - _catalogBytes;
        NodesAllowed = _isDeviceFull || whole < ReserveWanted || room < 0 ? -1 : (int)Math.Min(room / NodeInBatchBytes, int.MaxValue);
    }
}
