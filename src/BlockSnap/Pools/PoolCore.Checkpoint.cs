using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Items;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Storage;

namespace BlockSnap.Pools;

/// <content>What a checkpoint writes of the pool, the room that is held for it, and the catalog as an opening finds it.</content>
internal sealed partial class PoolCore
{
    // A map node, or a page of the catalog, in the log.
    private const int NodeWithRecordBytes = BlockId.NodeBytes + LogRecord.Bytes;

    private const int PagesPerOperation = 4;

    private readonly CatalogPages _pages;
    private readonly NodeWriter _nodes;

    // An upper bound of the catalog's pages that operations changed since the last checkpoint. Under the gate.
    private long _changedPages = PagesPerOperation;

    /// <summary>Bytes of the catalog's pages that are stored. Gate held.</summary>
    public long CatalogBytes => _pages.Volume.Head.Blocks << _pages.Volume.BlockSize.Log2;

    /// <summary>
    /// How often the bytes of a disk, snapshot or other item were made for a checkpoint since the pool was opened: a measure of the work of
    /// checkpoints.
    /// </summary>
    public long CatalogEncoded => _pages.Encoded;

    /// <summary>How often one was looked at for a checkpoint, to see whether it had changed: the other measure.</summary>
    public long CatalogVisited => _pages.Visited;

    /// <summary>The root that an empty pool publishes.</summary>
    public static byte[] EmptyRoot() => EncodeRoot(MapRoot.Empty(1), 0, 1);

    /// <summary>Writes all nodes and the catalog, and makes that the start of replay.</summary>
    public void Checkpoint(bool clean = false) => Store.Checkpoint(Publish, clean);

    /// <summary>Segments opened from now on are cut fine enough for the smallest blocks in use.</summary>
    public void UpdateGranule() => Store.Log.GranuleLog2 = Catalog.SmallestBlockLog2(most: FormatVersion.GranuleLog2Max);

    private CatalogPages ReadCatalog()
    {
        var reader = new FieldReader(Store.Root.Span, "superblock");
        MapRoot root = ItemCodec.ReadRoot(ref reader);
        uint pageCount = reader.UInt32();
        uint nextNumber = reader.UInt32();
        long size = MapRoot.CapacityOf(3) * CatalogCell.PageBytes;
        var pages = new CatalogPages(new DiskVolume(CatalogPages.DiskNumber, default, "catalog", size, BlockSize.Default, root));
        pages.Volume.Head.SharedUpTo = Store.Log.LastName;
        Catalog.Removed = pages.Remove;
        if (pageCount > Store.Table.SlotsMax(Store.SegmentBytes))
        {
            throw new PoolCorruptedException(
                "superblock", $"its checksum is right, but the catalog would have {pageCount} pages, more than there are places");
        }

        pages.Volume.Head.MoveTo(root, 0);
        pages.Load(Catalog, (int)pageCount, ReadPage);
        Catalog.NextNumber = Math.Max(Catalog.NextNumber, nextNumber);
        foreach (ChainState chain in Catalog.All)
        {
            chain.Volume.Head.SharedUpTo = Store.Log.LastName;
        }

        return pages;

        void ReadPage(long page, byte[] bytes) => pages.Volume.Head.Blocks += Engine.ReadBlock(pages.Volume, page, bytes).IsNone ? 0 : 1;
    }

    // Under the gate: nodes of disks and snapshots first, since the catalog names their roots; then the catalog's pages and nodes.
    private CheckpointContent Publish()
    {
        long bytes = BytesOfCheckpoint();
        if (!Store.IsCheckpointed(bytes))
        {
            Store.HoldRoom(bytes, ReserveShare.None); // of the exact bytes: an estimate may be too low in a pool that is full
        }

        _changedPages = PagesPerOperation;
        try
        {
            var heads = new Dictionary<uint, MapHead> { [CatalogPages.DiskNumber] = _pages.Volume.Head };
            var holders = new List<IRootHolder> { _pages.Volume.Head };
            foreach (ChainState chain in Catalog.All)
            {
                heads[chain.Volume.Number] = chain.Volume.Head;
                holders.Add(chain.Volume.Head);
            }

            holders.AddRange(Catalog.ChangedSnapshots);
            holders.AddRange(Pins.All);
            _nodes.WriteAll(heads, holders);
            _pages.Write(Catalog, Engine);
            _nodes.WriteAll(heads, holders);
            Catalog.Settle();
        }
        catch (Exception e)
        {
            Store.Log.Fault(e); // some nodes have names and some have not: memory is no longer a state of the pool
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

    // The first thing that will go by itself takes a reading of the pool's own time with it, from which that time is kept.
    private PoolOperation WithReading(PoolOperation operation)
    {
        if (!operation.SetsEnd || Catalog.Item<ClockItem>(ItemKind.Clock, Guid.Empty) is not null)
        {
            return operation;
        }

        IReadOnlyList<PoolOperation> parts = operation is PoolOperation.Several several ? several.Parts : [operation];
        return new PoolOperation.Several([new PoolOperation.PutItem(Clock.Reading), .. parts]);
    }

    // The pool's own time is kept only while something is locked or will go by itself: otherwise a pool in which nothing happened has nothing to
    // write.
    private void UpdateClock()
    {
        if (Catalog.Item<ClockItem>(ItemKind.Clock, Guid.Empty) is null)
        {
            return;
        }

        if (Catalog.All.Any(HasEnd))
        {
            Catalog.Put(Clock.Reading);
        }
        else
        {
            Catalog.Remove(ItemKind.Clock, Guid.Empty);
        }
    }

    // Undo points and the trash are looked at first, other than in States: they nearly always have an end, and then the many snapshots need no look.
    private static bool HasEnd(ChainState chain) => chain.UndoPoints.Any(HasEnd) || chain.Trash.Any(HasEnd) || chain.Snapshots.Any(HasEnd);

    private static bool HasEnd(SnapshotState state) => state.Facts is { Lock: not null } or { Expires: not null } or { PurgeAfter: not null };

    // Makes sure of room for an operation, in a batch of its own, and for the checkpoint behind it, which no operation may make impossible. Mostly
    // there is plenty, which a rough bound shows without a look at the items. Where it does not, what has changed is counted.
    private void HoldRoomForCheckpoint(PoolOperation operation, int operationBytes)
    {
        long pages = PagesPerOperation + (operationBytes / LogRecord.Bytes);
        _changedPages += pages;
        UpdateCatalogBytes();
        long bytes = operationBytes + FormatVersion.PageBytes;
        ReserveShare leave = operation.Grows ? ReserveShare.OfGrowth : ReserveShare.OfCompaction;
        if (Store.HasRoom(bytes + BytesOfNodes + Store.Files.CatalogBytes, leave))
        {
            return;
        }

        bytes += BytesOfCheckpoint(pages);
        if (operation.Grows)
        {
            Store.HoldRoom(bytes, leave);
        }
        else
        {
            Store.HoldLastRoom(bytes);
        }
    }

    private long BytesOfNodes => (long)_cache.VolatileCount * NodeWithRecordBytes;

    // The exact bytes of a checkpoint, with the events that were published: they are put into the catalog here. For events that still wait to become
    // durable, and for more pages, an upper bound.
    private long BytesOfCheckpoint(long morePages = 0)
    {
        UpdateClock();
        Events.Save(Catalog);
        long most = _pages.PagesMax(Catalog) + (morePages / 16); // with the items to come: some cells for each 32 bytes of the operation
        long pages = Math.Min(_pages.CountChanged(Catalog) + morePages, most);
        return BytesOfNodes + CatalogCost(pages + Events.PendingCount);
    }

    // Every disk may have another root; an operation changes at most a page for each 32 bytes of it, and a few besides.
    private void UpdateCatalogBytes()
    {
        long pages = Math.Min(_pages.PagesMax(Catalog), Catalog.All.Count + _changedPages);
        Store.Files.CatalogBytes = CatalogCost(pages + (2 * Events.UnsavedCount));
    }

    // The bytes of changed pages and of the map nodes above them: on each level no more nodes than pages, and no more than the level has.
    private long CatalogCost(long pages)
    {
        long nodes = 0;
        long width = _pages.PagesMax(Catalog) + pages;
        for (int level = 1; pages > 0 && (level <= _pages.Volume.Root.Height || width > 1); level++)
        {
            width = ((width - 1) / NodeLayout.Fanout) + 1;
            nodes += Math.Min(pages, width);
        }

        return (pages + nodes) * NodeWithRecordBytes;
    }

    private static byte[] EncodeRoot(MapRoot catalog, int pageCount, uint nextNumber)
    {
        var writer = new FieldWriter();
        ItemCodec.WriteRoot(writer, catalog);
        writer.UInt32((uint)pageCount).UInt32(nextNumber);
        return writer.Written.ToArray();
    }
}
