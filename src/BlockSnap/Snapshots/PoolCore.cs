using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Snapshots;

/// <summary>
/// The open pool without its threads: store, maps, catalog, and the one way in which disks and snapshots change. An operation is built,
/// appended and applied under one hold of the gate; so the log's order is the order in which things happened (I6, I10).
/// </summary>
internal sealed class PoolCore : ILogReplay, IDisposable
{
    /// <summary>The largest disk, 2^62 bytes.</summary>
    public const long DiskSizeMax = FieldReader.DiskSizeMax;

    // A map node, or a page of the catalog, in the log.
    private const int NodeCost = BlockId.NodeBytes + LogRecord.Bytes;

    private const int PagesPerOperation = 4;

    // Pages of the catalog that operations since the last checkpoint changed, at most; under the gate.
    private long _changedPages = PagesPerOperation;

    private readonly NodeCache _cache;
    private readonly NodeWriter _nodes;
    private readonly CatalogPages _pages;
    private readonly DiskPoolOptions _options;

    public PoolCore(LogBlockStore store, DiskPoolOptions options)
    {
        _options = options;
        Store = store;
        _cache = new NodeCache(options.CacheBytes / 4 * 3);
        Map = new BlockMap(_cache, store.Ledger.Queue);
        Engine = new BlockEngine(store, Map, new MapReader(store, _cache));
        Catalog = new Catalog(Map, () => store.Log.LastName);
        Pins = new RootPins(store, Map);
        Flusher = new GroupFlush(store.Log, inline: !options.HasThreads);
        Clock = new PoolClock(options.TimeProvider);
        Events = new EventJournal(options.EventsKept);
        Diary = new PoolDiary(this);
        _nodes = new NodeWriter(_cache, store.Ledger.Queue, store.Log);
        try
        {
            _pages = ReadCatalog();
            UpdateCatalogBytes();
            store.BytesOfCheckpoint = BytesOfCheckpoint;
        }
        catch
        {
            Diary.Dispose();
            _cache.Dispose();
            throw;
        }
    }

    public LogBlockStore Store { get; }

    public BlockMap Map { get; }

    public BlockEngine Engine { get; }

    public Catalog Catalog { get; }

    public RootPins Pins { get; }

    public GroupFlush Flusher { get; }

    public Gate Gate => Store.Gate;

    public PoolClock Clock { get; }

    public EventJournal Events { get; }

    /// <summary>Logs and metrics.</summary>
    public PoolDiary Diary { get; }

    public DiskPoolOptions Options => _options;

    /// <summary>Snapshots that were made and are not yet known to be durable, or failed to become so. Guarded by the gate.</summary>
    public Dictionary<SnapshotId, SnapshotStatus> Unsettled { get; } = [];

    /// <summary>Called after something was deleted, so that what it held is given back soon.</summary>
    public Action AfterRelease { get; set; } = static () => { };

    /// <summary>Whether so many nodes wait for a checkpoint that one is due.</summary>
    public bool IsCacheCrowded => _cache.VolatileCount > _cache.VolatileMax;

    /// <summary>Whether a writer must wait for it.</summary>
    public bool IsCacheFull => _cache.VolatileCount > _cache.VolatileMax + (_cache.VolatileMax / 2);

    /// <summary>Whether nothing happened since the pool was opened that closing would have to write down.</summary>
    public bool IsUntouched => Store.Log.AppendedBytes == 0 && Store.IsClean;

    /// <summary>Bytes of the catalog's pages that are stored. Gate held.</summary>
    public long CatalogBytes => _pages.Volume.Head.Blocks << _pages.Volume.BlockSize.Log2;

    /// <summary>The root that an empty pool publishes.</summary>
    public static byte[] EmptyRoot() => EncodeRoot(MapRoot.Empty(1), 0, 1);

    /// <summary>A new identity. The one place where chance enters.</summary>
    public Guid NewGuid() => _options.NewGuid();

    /// <summary>Refuses a change of a pool that is only read.</summary>
    public void ThrowIfReadOnly(string operation)
    {
        if (_options.ReadOnly)
        {
            throw new PoolReadOnlyException(operation);
        }
    }

    /// <summary>Refuses a name that a live disk has. Gate held.</summary>
    public void ThrowIfTaken(string diskName)
    {
        if (Catalog.Find(diskName) is not null)
        {
            throw new DiskExistsException(diskName);
        }
    }

    /// <summary>A handle onto a live disk.</summary>
    public IDisk OpenDisk(DiskId id)
    {
        using (Gate.Enter())
        {
            ChainState? chain = Catalog.Find(id);
            return chain is { Volume.IsReleased: false } ? Handle(chain) : throw new DiskNotFoundException(id.ToString());
        }
    }

    /// <summary>A handle onto a live disk.</summary>
    public IDisk OpenDisk(string name)
    {
        using (Gate.Enter())
        {
            return Handle(Catalog.Find(name) ?? throw new DiskNotFoundException(name));
        }
    }

    /// <summary>Changes a disk's size; shrinking drops what lies beyond, growing adds zeros.</summary>
    public void Resize(DiskVolume volume, long size)
    {
        if (size is < 0 or > DiskSizeMax)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A disk has 0 to 2^62 bytes.");
        }

        ThrowIfReadOnly($"resizing the disk \"{volume.Name}\"");
        if (size < volume.Size)
        {
            // The rest of the block in which the disk will end: grown again, it must read as zeros.
            long tail = Math.Min(volume.Size, DiskVolume.BlocksOf(size, volume.BlockSize) << volume.BlockSize.Log2);
            Engine.Clear(volume, size, Math.Max(0, tail - size), exact: true);
        }

        Commit<bool>(() =>
        {
            if (volume.IsReleased || Catalog.Find(volume.Number) is not { } chain)
            {
                throw new DiskNotFoundException(volume.Name);
            }

            ThrowIfChanging(chain);
            return (new PoolOperation.ResizeDisk(volume.Number, size), true);
        });
    }

    /// <summary>
    /// Marks chains as being changed until the result is disposed: a change that takes longer than a step. Others get a
    /// <see cref="ConflictException"/> meanwhile (R15).
    /// </summary>
    public ChainChange BeginChange(IReadOnlyList<ChainState> chains, string what)
    {
        using (Gate.Enter())
        {
            foreach (ChainState chain in chains)
            {
                ThrowIfChanging(chain);
            }

            return new ChainChange(this, chains, what);
        }
    }

    /// <summary>Refuses a change of a chain of which another is under way than the caller's own. Gate held.</summary>
    public static void ThrowIfChanging(ChainState chain, ChainChange? own = null)
    {
        if (chain.Change is { } change && change != own)
        {
            throw new ConflictException($"The disk \"{chain.Volume.Name}\" is being changed: {change.What}");
        }
    }

    /// <summary>Refuses to make snapshots while the pool is suspended. Gate held.</summary>
    public void ThrowIfSuspended()
    {
        if (Catalog.Item<PoolStateItem>(ItemKind.PoolState, Guid.Empty) is { } state)
        {
            throw new PoolSuspendedException(state.SuspendReason);
        }
    }

    /// <summary><see cref="Commit"/>, then a flush: what is returned survives a crash.</summary>
    public async Task<T> CommitAsync<T>(Func<(PoolOperation? Operation, T Result)> build)
    {
        T result = Commit(build);
        await FlushAsync().ConfigureAwait(false);
        return result;
    }

    /// <summary>Makes all operations so far durable, and tells that they ended.</summary>
    public async ValueTask FlushAsync()
    {
        int count = Events.PendingCount;
        Exception? failure = null;
        try
        {
            await Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            TellIfFaulted(e);
            throw;
        }
        finally
        {
            Diary.Note(Events.Settle(count, Clock.Now, failure));
        }
    }

    /// <summary>Ends all writing: background work failed.</summary>
    public void Fault(Exception cause)
    {
        Store.Log.Fault(cause);
        TellIfFaulted(cause);
    }

    /// <summary>Tells of what no operation tells.</summary>
    public void Publish(PoolEvent each) => Diary.Note([Events.Publish(each)]);

    /// <summary>
    /// Builds an operation under the gate, where it may refuse, and makes it happen. It is acknowledged, not yet durable. No operation:
    /// there is nothing to do.
    /// </summary>
    public T Commit<T>(Func<(PoolOperation? Operation, T Result)> build)
    {
        ThrowIfReadOnly("changing the pool");
        T result;
        using (Gate.Enter())
        {
            Store.Log.ThrowIfFaulted();
            (PoolOperation? operation, result) = build();
            if (operation is null)
            {
                return result;
            }

            byte[] bytes = OperationCodec.Encode(operation);
            _changedPages += PagesPerOperation + (bytes.Length / LogRecord.Bytes);
            if (operation.Grows)
            {
                HoldRoomForCheckpoint(bytes.Length, all: false);
            }

            List<PoolEvent> told = OperationEvents.Of(Catalog, operation, Clock.Now);
            Prepare(operation);
            Store.Log.AppendOperation(bytes);
            Catalog.Apply(operation);
            Events.Await(told);
            UpdateGranule();
        }

        Engine.AfterAppend();
        return result;
    }

    /// <summary>A snapshot as callers see it, with what follows from other items. Gate held.</summary>
    public Snapshot Describe(SnapshotState snapshot)
    {
        Snapshot facts = snapshot.Facts;
        int clones = Catalog.ClonesOf(facts.Id).Count;
        int images = Protection.ImagesOf(this, facts.Id).Count();
        return clones + images == 0 && Unsettled.Count == 0
            ? facts
            : facts with { CloneCount = clones, ImageCount = images, Status = Unsettled.GetValueOrDefault(facts.Id, facts.Status) };
    }

    /// <summary>What a call says of a new snapshot; identity, disk and size are still to be filled in.</summary>
    public Snapshot NewFacts(string name, SnapshotOptions options, SnapshotConsistency level)
    {
        DateTimeOffset now = Clock.Now;
        return new Snapshot
        {
            Id = default,
            DiskId = default,
            Size = 0,
            Name = name,
            Kind = options.Kind,
            Created = now,
            Description = options.Description,
            Tags = options.Tags is null ? new Dictionary<string, string>() : new Dictionary<string, string>(options.Tags),
            Consistency = level,
            Expires = options.RetentionDays is { } days ? now.AddDays(days) : null,
        };
    }

    /// <summary>What takes a disk back to a state, in order: its present becomes an undo point, for which the oldest one may have to go. Gate held.</summary>
    public IReadOnlyList<PoolOperation> RollbackTo(ChainState chain, SnapshotState target, int? retentionDays = null, Guid? groupId = null) =>
    [
        .. RoomForUndo(chain, target),
        new PoolOperation.Rollback(chain.Volume.Number, target.Facts.Id, NewUndo(chain, retentionDays, groupId)),
    ];

    /// <summary>What must go with one more undo point of a disk. Gate held.</summary>
    /// <param name="chain">The disk's chain.</param>
    /// <param name="used">An undo point that is used up anyway, or another state.</param>
    public IEnumerable<PoolOperation> RoomForUndo(ChainState chain, SnapshotState? used = null)
    {
        SnapshotState[] left = [.. chain.UndoPoints.Where(point => point != used)];
        SnapshotId[] gone = [.. left.Take(left.Length + 1 - _options.UndoPointsMax).Select(point => point.Facts.Id)];
        return gone.Length == 0 ? [] : [new PoolOperation.DeleteSnapshots(chain.Volume.Number, null, gone)];
    }

    /// <summary>What is known of the undo point that a disk's present state becomes. Gate held.</summary>
    public Snapshot NewUndo(ChainState chain, int? retentionDays = null, Guid? groupId = null)
    {
        DateTimeOffset now = Clock.Now;
        string name = $"undo-{now:yyyyMMdd-HHmmss}";
        for (int next = 2; chain.Find(name) is not null; next++)
        {
            name = $"undo-{now:yyyyMMdd-HHmmss}-{next}";
        }

        return new Snapshot
        {
            Id = new SnapshotId(NewGuid()),
            DiskId = chain.Volume.Id,
            Name = name,
            Created = now,
            Size = chain.Volume.Size,
            GroupId = groupId,
            Expires = (retentionDays ?? _options.UndoRetentionDays) is { } days ? now.AddDays(days) : null,
        };
    }

    /// <summary>A new disk made from a snapshot. Gate held.</summary>
    /// <param name="chain">The snapshot's chain.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="diskName">The new disk's name, which must be free.</param>
    /// <param name="size">The new disk's size, or null for the snapshot's.</param>
    /// <param name="before">How many other disks the same operation makes before it.</param>
    public PoolOperation.CreateDisk CloneOf(ChainState chain, SnapshotState snapshot, string diskName, long? size, int before = 0)
    {
        long cloneSize = size ?? snapshot.Facts.Size;
        if (cloneSize < snapshot.Facts.Size || cloneSize > DiskSizeMax)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A clone has at least the snapshot's {snapshot.Facts.Size} bytes and at most 2^62.");
        }

        ThrowIfTaken(diskName);
        return new PoolOperation.CreateDisk(
            Catalog.NextNumber + (uint)before, new DiskId(NewGuid()), diskName, cloneSize, chain.Volume.BlockSize, chain.Volume.Number, snapshot.Facts.Id);
    }

    /// <summary>Says that new snapshots are durable, or that they failed to become so.</summary>
    public void Settle(IEnumerable<SnapshotId> ids, bool failed)
    {
        using (Gate.Enter())
        {
            foreach (SnapshotId id in ids)
            {
                if (failed)
                {
                    Unsettled[id] = SnapshotStatus.Failed;
                }
                else
                {
                    Unsettled.Remove(id);
                }
            }
        }
    }

    /// <summary>Segments opened from now on are cut fine enough for the smallest blocks in use.</summary>
    public void UpdateGranule()
    {
        int granule = 12;
        foreach (ChainState chain in Catalog.All)
        {
            granule = chain.Volume.IsReleased ? granule : Math.Min(granule, chain.Volume.BlockSize.Log2);
        }

        Store.Log.GranuleLog2 = granule;
    }

    /// <summary>Writes all nodes and the catalog, and makes that the start of replay.</summary>
    public void Checkpoint(bool clean = false) => Store.Checkpoint(Publish, clean);

    void ILogReplay.Replay(in LogRecord record, BlockId id)
    {
        if (record.Disk == CatalogPages.DiskNumber)
        {
            return; // pages of a checkpoint that never became valid
        }

        ChainState chain = Catalog.Find(record.Disk) ?? throw new PoolCorruptedException("log", $"a record names disk {record.Disk}, which does not exist");
        ThrowIfNonsense(chain.Volume, record, id);
        Engine.Replay(chain.Volume, record, id);
    }

    private static void ThrowIfNonsense(DiskVolume volume, in LogRecord record, BlockId id)
    {
        long blocks = DiskVolume.BlocksOf(DiskSizeMax, volume.BlockSize);
        bool sound = record.Kind == RecordKind.Hole
            ? record.Index >= 0 && record.Count >= 0 && record.Index <= blocks && record.Count <= blocks
            : record.Index >= 0 && record.Index < blocks && id.SizeClass == BlockId.ClassOf(volume.BlockSize) && id.IsValid;
        if (!sound)
        {
            throw new PoolCorruptedException("log", $"its checksum is right, but a record of disk {volume.Number} is nonsense: {record}");
        }
    }

    void ILogReplay.ReplayOperation(ReadOnlySpan<byte> payload)
    {
        PoolOperation operation = OperationCodec.Decode(payload);
        using (Gate.Enter())
        {
            Prepare(operation);
            Catalog.Apply(operation);
        }
    }

    public void Dispose()
    {
        Events.Close();
        Diary.Dispose();
        Store.Dispose();
        _cache.Dispose();
    }

    private void TellIfFaulted(Exception cause)
    {
        if (Store.Log.IsFaulted)
        {
            Diary.Faulted(cause);
        }
    }

    private CatalogPages ReadCatalog()
    {
        var reader = new FieldReader(Store.Root.Span, "superblock");
        MapRoot root = ItemCodec.ReadRoot(ref reader);
        uint pageCount = reader.UInt32();
        uint nextNumber = reader.UInt32();
        var pages = new CatalogPages(new DiskVolume(CatalogPages.DiskNumber, default, "catalog", MapRoot.CapacityOf(3) * CatalogCell.PageBytes, BlockSize.Default, root));
        pages.Volume.Head.SharedUpTo = Store.Log.LastName;
        Catalog.Removed = pages.Remove;
        if (pageCount > Store.Table.SlotsMax(Store.SegmentBytes))
        {
            throw new PoolCorruptedException("superblock", $"its checksum is right, but the catalog would have {pageCount} pages, more than there are places");
        }

        pages.Volume.Head.MoveTo(root, 0);
        pages.Load(Catalog, (int)pageCount, (page, bytes) => pages.Volume.Head.Blocks += Engine.ReadBlock(pages.Volume, page, bytes).IsNone ? 0 : 1);
        Catalog.NextNumber = Math.Max(Catalog.NextNumber, nextNumber);
        foreach (ChainState chain in Catalog.All)
        {
            chain.Volume.Head.SharedUpTo = Store.Log.LastName;
        }

        return pages;
    }

    private HeadDisk Handle(ChainState chain) => new(Engine, Pins, chain.Volume, new SnapshotChain(this, chain), Resize, Flusher.FlushAsync, _options.ReadOnly);

    // Shrinking clears what lies beyond; the nodes at its edge must be in memory. Gate held: rare, so loading under it does no harm.
    private void Prepare(PoolOperation operation)
    {
        if (operation is PoolOperation.ResizeDisk resize && Catalog.Find(resize.Number)?.Volume is { } volume && resize.Size < volume.Size)
        {
            long first = DiskVolume.BlocksOf(resize.Size, volume.BlockSize);
            while (!Map.TryPrepareClear(volume.Head, first, DiskVolume.BlocksOf(volume.Size, volume.BlockSize) - first, out MissingNode missing))
            {
                Engine.Reader.Load(missing);
            }
        }
    }

    // Under the gate: nodes of disks and snapshots first, since the catalog names their roots; then the catalog's pages and nodes.
    private CheckpointContent Publish()
    {
        HoldRoomForCheckpoint(operationBytes: 0, all: true);
        _changedPages = PagesPerOperation;
        try
        {
            var heads = new Dictionary<uint, MapHead> { [CatalogPages.DiskNumber] = _pages.Volume.Head };
            var holders = new List<IRootHolder> { _pages.Volume.Head };
            foreach (ChainState chain in Catalog.All)
            {
                heads[chain.Volume.Number] = chain.Volume.Head;
                holders.Add(chain.Volume.Head);
                holders.AddRange(chain.States);
            }

            UpdateClock();
            Events.Save(Catalog);
            holders.AddRange(Pins.All);
            _nodes.WriteAll(heads, holders);
            _pages.Write(Catalog, Engine);
            _nodes.WriteAll(heads, holders);
        }
        catch (Exception e)
        {
            Store.Log.Fault(e); // some nodes have names and some have not: memory is no longer a state that can be told
            throw new PoolFaultedException(e);
        }

        var held = new List<PendingRelease>();
        foreach (PinnedRoot pin in Pins.All)
        {
            if (!pin.Root.Entry.IsNone)
            {
                held.Add(new PendingRelease(pin.Root.Entry.Id, pin.Root.Entry.Checksum, pin.Root.Height));
            }
        }

        return new CheckpointContent(EncodeRoot(_pages.Volume.Root, _pages.PageCount, Catalog.NextNumber), held);
    }

    // Most checkpoints are far from any bound, and one that costs no look at the items will do. Where it does not, what has changed is counted.
    private void HoldRoomForCheckpoint(int operationBytes, bool all)
    {
        UpdateCatalogBytes();
        long others = ((long)_cache.VolatileCount * NodeCost) + (2 * operationBytes); // an operation in the log, and in the catalog
        if (!Store.HasRoom(others + Store.Files.CatalogBytes, all))
        {
            Store.HoldRoom(others + CatalogCost(_pages.CountChanged(Catalog)), all);
        }
    }

    private long BytesOfCheckpoint() => ((long)_cache.VolatileCount * NodeCost) + CatalogCost(_pages.CountChanged(Catalog));

    // Every disk may have another root; an operation changes a page for each of its lines of 32 bytes at most, and a few besides.
    private void UpdateCatalogBytes() => Store.Files.CatalogBytes = CatalogCost(Math.Min(_pages.PagesMax(Catalog), Catalog.All.Count + _changedPages));

    // With the map nodes above them.
    private static long CatalogCost(long pages) => pages == 0 ? 0 : (pages + (pages / NodeLayout.Fanout) + 3) * NodeCost;

    // The pool's own time is kept while something is locked, so that a pool without locks has nothing to write when nothing happened.
    private void UpdateClock()
    {
        if (Catalog.Item<ClockItem>(ItemKind.Clock, Guid.Empty) is null)
        {
            return;
        }

        if (Catalog.All.Any(chain => chain.Snapshots.Any(snapshot => snapshot.Facts.Lock is not null)))
        {
            Catalog.Put(Clock.Reading);
        }
        else
        {
            Catalog.Remove(ItemKind.Clock, Guid.Empty);
        }
    }

    private static byte[] EncodeRoot(MapRoot catalog, int pageCount, uint nextNumber)
    {
        var writer = new FieldWriter();
        ItemCodec.WriteRoot(writer, catalog);
        writer.UInt32((uint)pageCount).UInt32(nextNumber);
        return writer.Written.ToArray();
    }
}
