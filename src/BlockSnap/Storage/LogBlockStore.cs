using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <summary>
/// The reference-counted block store on a log: names in, bytes out; places, counts, checkpoints and compaction below.
/// Locks, always taken in this order: compaction, checkpoint, ledger, flush, device, gate. The gate guards memory only and is held briefly.
/// </summary>
internal sealed partial class LogBlockStore : IDisposable
{
    private readonly IStorageDevice _device;
    private readonly CheckpointFiles _checkpointFiles;
    private readonly Lock _checkpoint = new();

    // Files whose blocks compaction moved elsewhere, and new containers; the next checkpoint frees those in which nothing lives. Under the gate.
    private readonly List<SegmentFile> _abandoned = [];

    // Files in which nothing lives any more once the next superblock is durable; the checkpoint lock guards them.
    private readonly HashSet<SegmentFile> _leaving = [];
    private Superblock _current;
    private long _buriedAtCheckpoint;

    private LogBlockStore(IStorageDevice device, Superblock superblock, StoreOptions options)
    {
        ByteOrder.ThrowIfUnsupported(BitConverter.IsLittleEndian);
        _device = device;
        _current = superblock;
        Time = options.Time;
        Files = new SegmentFiles(device, superblock.SegmentBytes, options.CapacityBytes);
        _checkpointFiles = new CheckpointFiles(device, superblock.SegmentBytes) { GiveUpSpace = GiveUpSpace };
        Log = new LogWriter(Gate, device, Files, Table, options.Time, superblock)
        {
            IsReserveFilled = () => HoldsReserve(UnnamedNodes()),
            BesideReserve = CoverRows,
        };
        Ledger = new ReferenceLedger(Gate, Table, _checkpointFiles, superblock.SegmentBytes, options.CountsMemoryBytes)
        {
            Failed = Log.Fault,
            ReadNode = (id, checksum, buffer) => ReadNode(id, checksum, buffer.AsSpan(0, NodeLayout.Bytes)),
        };
    }

    /// <summary>Guards all memory of the pool that is not said to be guarded by something else.</summary>
    public Gate Gate { get; } = new();

    public TimeProvider Time { get; }

    public SegmentTable Table { get; } = new();

    public SegmentFiles Files { get; }

    public LogWriter Log { get; }

    public ReferenceLedger Ledger { get; }

    /// <summary>The locks of the store that the calling thread holds.</summary>
    public PoolLocks HeldLocks =>
        (_compaction.IsHeldByCurrentThread ? PoolLocks.Compaction : 0)
        | (_checkpoint.IsHeldByCurrentThread ? PoolLocks.Checkpoint : 0)
        | (Ledger.Sync.IsHeldByCurrentThread ? PoolLocks.Ledger : 0)
        | (Log.IsFlushHeld ? PoolLocks.Flush : 0)
        | (Log.IsDeviceHeld ? PoolLocks.Device : 0)
        | (Gate.IsHeld ? PoolLocks.Gate : 0);

    public Guid PoolId => _current.PoolId;

    public DateTimeOffset Created => new(_current.Created, TimeSpan.Zero);

    public int SegmentBytes => _current.SegmentBytes;

    /// <summary>Segments in the table; a hint.</summary>
    public int SegmentCount => Table.Count;

    /// <summary>Whether the newest superblock says that nothing follows it.</summary>
    public bool IsClean => _current.Clean;

    /// <summary>What the newest durable superblock publishes.</summary>
    public ReadOnlyMemory<byte> Root => _current.Root;

    /// <summary>Segments before this one are not needed by a replay.</summary>
    public long ReplaySegment => _current.ReplaySegment;

    /// <summary>What <see cref="LogWriter.AppendedBytes"/> was at the last checkpoint.</summary>
    public long AppendedAtCheckpoint { get; private set; }

    /// <summary>Bytes of blocks that died after the newest checkpoint, and of those that may die with what is queued; a hint.</summary>
    public long BytesDiedSinceCheckpoint => Ledger.BuriedBytes - _buriedAtCheckpoint + Ledger.Queue.ReleasedBytes;

    /// <summary>Finds a block's place and pins its file. Gate held.</summary>
    /// <exception cref="PoolCorruptedException">The segment is unknown, the slot was not kept, or the file is missing.</exception>
    public BlockPlace Locate(BlockId id)
    {
        if (!Table.TryGet(id.Segment, out SegmentInfo? segment))
        {
            throw new PoolCorruptedException(CheckpointFiles.TableName, $"block {id} lies in a segment that the table does not know");
        }

        return Locate(segment!, id.Slot);
    }

    private BlockPlace Locate(SegmentInfo segment, int slot)
    {
        long offset = segment.OriginalOffset(slot);
        if (segment.IsRelocated)
        {
            int rank = (segment.Kept ??= LoadKept(segment)).RankOf(slot);
            if (rank < 0)
            {
                throw new PoolCorruptedException(
                    segment.File.Name,
                    $"slot {slot} of segment {segment.Number} is not among those that compaction kept");
            }

            offset = segment.DataOffset + segment.OriginalOffset(rank);
        }

        return new BlockPlace(segment.File, Files.Pin(segment.File), offset);
    }

    /// <summary>How many slots a block takes: the distance to the name of a neighbour written right behind it. Gate held.</summary>
    public int SlotsOf(BlockId id) => Table.TryGet(id.Segment, out SegmentInfo? segment) && id.Length >= 1 << segment!.GranuleLog2
        ? segment.GranulesOf(id.Length)
        : int.MaxValue;

    /// <summary>Reads one whole block and proves it. No lock held.</summary>
    /// <exception cref="BlockCorruptedException">It is not what was written.</exception>
    public void Read(BlockId id, ulong checksum, Span<byte> destination)
    {
        BlockPlace place;
        using (Gate.Enter())
        {
            ThrowIfClosed();
            if (Log.TryReadPending(id, 0, destination))
            {
                return;
            }

            place = Locate(id);
        }

        int read;
        try
        {
            read = place.Read(destination);
        }
        finally
        {
            place.Release();
        }

        ulong actual = BlockChecksum.Compute(destination);
        if (read != destination.Length || actual != checksum)
        {
            throw new BlockCorruptedException(
                $"The checksum of block {id} in {place.Handle.Name} at offset {place.Offset} does not match",
                expected: checksum,
                actual: actual);
        }
    }

    /// <summary>Reads a map node and proves it, and that all its entries are names that blocks can have. No lock held.</summary>
    /// <exception cref="BlockCorruptedException">It is not what was written, or it is no map node.</exception>
    public void ReadNode(BlockId id, ulong checksum, Span<byte> destination)
    {
        Read(id, checksum, destination);
        if (!NodeLayout.IsSound(destination))
        {
            throw new BlockCorruptedException($"Block {id} is whole, but it is no map node");
        }
    }

    /// <summary>Whether a block whose name was met a moment ago has died since, so that what is read of it says nothing. No lock held.</summary>
    public bool HasDied(BlockId id)
    {
        lock (Ledger.Sync)
        {
            // Blocks of later segments may have a first reference that is not counted yet.
            return id.Segment < ReplaySegment && Ledger.CountOf(id) == 0;
        }
    }

    /// <summary>Bytes of segments' blocks that something refers to, of those that nothing refers to, and of all files.</summary>
    public StoreUsage GetUsage()
    {
        lock (Ledger.Sync)
        {
            using (Gate.Enter())
            {
                long live = 0;
                long nodes = 0;
                long used = 0;
                long givenBack = 0;
                long sealedLive = 0;
                var files = new HashSet<SegmentFile>();
                foreach (SegmentInfo segment in Table.All)
                {
                    live += segment.LiveBytes;
                    nodes += segment.NodeBytes;
                    givenBack += segment.GivenBackBytes;
                    if (!segment.IsActive)
                    {
                        sealedLive += segment.LiveBytes;
                        used += files.Add(segment.File) ? segment.File.Bytes : 0;
                    }
                }

                return new StoreUsage(
                    LiveBytes: live,
                    NodeBytes: nodes,
                    DeadBytes: Math.Max(0, used - sealedLive - givenBack),
                    PhysicalBytes: Files.Bytes + _checkpointFiles.Bytes - givenBack,
                    HoleBytes: givenBack);
            }
        }
    }

    /// <summary>Whether a checkpoint would append nothing at all, so that it needs no room. Gate held.</summary>
    /// <param name="bytesOfCheckpoint">What <see cref="BytesOfCheckpoint"/> has just told.</param>
    public bool IsCheckpointed(long bytesOfCheckpoint) =>
        bytesOfCheckpoint == 0 && !Log.IsBeyond(_current.ReplaySegment, _current.ReplayOffset);

    /// <summary>What a checkpoint would append now; set by the floors above, called under the gate. It looks at every item of the catalog.</summary>
    public Func<long> BytesOfCheckpoint { get; set; } = static () => 0;

    /// <summary>Map nodes that have no name yet; set by the floors above, called under the gate. A store without maps has none.</summary>
    public Func<int> UnnamedNodes { get; set; } = static () => 0;

    /// <summary>Whether so many bytes of bookkeeping fit without another file. Gate held.</summary>
    /// <param name="bytes">Of blocks and records.</param>
    /// <param name="leave">What of the reserve is for others.</param>
    public bool HasRoom(long bytes, ReserveShare leave) => Files.HasRoom(bytes, Log.RoomInSegment, leave);

    /// <summary>Refuses early what would run out of segments half way. Gate held.</summary>
    /// <exception cref="PoolFullException">So many bytes of bookkeeping do not fit any more; nothing changed.</exception>
    /// <inheritdoc cref="HasRoom"/>
    public void HoldRoom(long bytes, ReserveShare leave) => Log.HoldRoom(bytes, leave);

    /// <summary>
    /// The same for what gives space back and is refused last. It leaves what compaction needs, and is first refused for that: then all that is
    /// dead is given back while a checkpoint and a container still fit. Only when that was no help does it take the rest, and a checkpoint is
    /// due.
    /// </summary>
    /// <exception cref="PoolFullException">So many bytes of bookkeeping do not fit; nothing changed.</exception>
    /// <inheritdoc cref="HasRoom"/>
    public void HoldLastRoom(long bytes)
    {
        try
        {
            Log.HoldRoom(bytes, ReserveShare.OfCompaction);
            Files.IsAllGivenBack = false;
        }
        catch (Exception e) when (Shortage.Is(e) && Files.IsAllGivenBack)
        {
            Files.IsReserveTaken = true;
            Log.HoldRoom(bytes, ReserveShare.None);
        }
    }

    /// <summary>Refuses data that would live on what a checkpoint needs. Gate held; usually costs one comparison.</summary>
    /// <param name="nodes">Map nodes that have no name yet.</param>
    /// <exception cref="PoolFullException">There is no space for the reserve; nothing changed.</exception>
    public void HoldReserve(int nodes)
    {
        if (!HoldsReserve(nodes))
        {
            Log.HoldReserve(nodes);
        }
    }

    /// <summary>
    /// Whether the reserve is full for so many map nodes without a name; each segment that data begin may take a file of it. Gate held.
    /// </summary>
    public bool HoldsReserve(int nodes) => nodes <= Files.NodesAllowed;

    /// <summary>Refuses a discard only when what it writes, and the checkpoint behind it, would not even fit into the reserve. Gate held.</summary>
    /// <param name="nodes">Map nodes that have no name yet.</param>
    /// <param name="blocks">Blocks no larger than a map node that it writes.</param>
    /// <exception cref="PoolFullException">It would not; nothing changed.</exception>
    public void HoldRoomToDiscard(int nodes, int blocks = 0)
    {
        int written = FormatVersion.PageBytes + (blocks * SegmentFiles.NodeInBatchBytes); // records, in a batch of its own when it is flushed
        long bytes = written + ((long)nodes * SegmentFiles.NodeInBatchBytes) + Files.CatalogBytes;
        if (!HoldsReserve(nodes) && !HasRoom(bytes, ReserveShare.OfCompaction))
        {
            HoldLastRoom(written + BytesOfCheckpoint());
        }
    }

    /// <summary>
    /// What the newest checkpoint says on the device: the table's rows, and the releases that wait. No checkpoint may run beside it.
    /// </summary>
    public (List<TableRow> Rows, ulong[] Releases) ReadCheckpoint()
    {
        var rows = new List<TableRow>();
        foreach (byte[] page in _checkpointFiles.ReadTable(_current))
        {
            for (int i = 0; i < TablePage.RowsPerPage; i++)
            {
                rows.Add(TableRow.Decode(TablePage.Row(page.AsSpan(), i)));
            }
        }

        return (rows, _checkpointFiles.ReadReleases(_current));
    }

    /// <summary>The superblock's files in which the newest one is not whole.</summary>
    public IReadOnlyList<string> FindIncompleteSuperblocks()
    {
        using (Gate.Enter()) // the first append after a clean stop writes a superblock under it
        {
            return _checkpointFiles.FindIncompleteSuperblocks(_current);
        }
    }

    /// <summary>The counts that a row of the checkpoint names, or null when they are damaged.</summary>
    public uint[]? ReadCounts(int index, in TableRow row)
    {
        var counts = new uint[SegmentBytes >> row.GranuleLog2];
        if (row.CountsChecksum == 0)
        {
            return counts;
        }

        Span<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(counts.AsSpan());
        _checkpointFiles.ReadCounts(index, row.CountsVersion, bytes);
        return BlockChecksum.Compute(bytes) == row.CountsChecksum ? counts : null;
    }

    /// <summary>Makes ahead what the next segments need: what is known of them, and a free file, if one is wanted.</summary>
    /// <returns>Whether another one may be wanted.</returns>
    public bool MakeSpare()
    {
        SegmentFile? file;
        bool written;
        using (Gate.Enter())
        {
            Table.Prepare();
            if (Log.IsFaulted || !Files.TryBeginSpare(out file))
            {
                return false;
            }

            written = Log.IsFlushHeavy;
        }

        IDeviceFile? made = Files.TryMakeSpare(file, written);
        using (Gate.Enter())
        {
            Files.EndSpare(made);
        }

        return made is not null;
    }

    /// <summary>Gives free files back to the device until so many are left, one for each hold of the gate.</summary>
    public void Trim(int keep)
    {
        bool dropped;
        do
        {
            using (Gate.Enter())
            {
                Files.Recycle();
                dropped = Files.TryDropSpare(keep);
            }
        }
        while (dropped);
    }

    /// <summary>Refuses work on a closed pool, whose memory is gone. Gate held.</summary>
    public void ThrowIfClosed()
    {
        if (IsClosed)
        {
            throw new ObjectDisposedException("pool");
        }
    }

    /// <summary>Whether the pool was closed; under the gate.</summary>
    public bool IsClosed { get; private set; }

    public void Dispose()
    {
        using (Gate.Enter())
        {
            IsClosed = true;
            Log.Close();
        }

        Log.Dispose();
        Ledger.Dispose();
        Files.Dispose();
        _checkpointFiles.Dispose();
    }

    // Rows for every segment that may begin in a file of the reserve.
    private void CoverRows() => _checkpointFiles.Cover(Table.NextRows(Files.ReserveCount + 1), SegmentBytes >> Log.GranuleLog2);

    private bool GiveUpSpace()
    {
        using (Gate.Enter())
        {
            return Files.TryGiveUp();
        }
    }

    private SlotMap LoadKept(SegmentInfo segment)
    {
        IDeviceFile handle = Files.Pin(segment.File);
        try
        {
            return SlotMap.Of(ContainerIndex.Read(handle, _current.Salt, segment), segment);
        }
        catch (IOException e) when (e is not BlockSnapException)
        {
            throw new PoolCorruptedException(segment.File.Name, "the container's index cannot be read", e);
        }
        finally
        {
            segment.File.Unpin();
        }
    }
}
