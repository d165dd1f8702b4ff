using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Storage;

namespace BlockSnap.Checks;

/// <summary>
/// A checkpoint that a pool may be repaired to: from where to where the log can be followed behind it and, once its maps were walked, every
/// reference to a block. Not thread-safe.
/// </summary>
/// <param name="inventory">What there is in the data files.</param>
/// <param name="start">Where its replay begins.</param>
/// <param name="root">What it published.</param>
internal sealed class RepairCandidate(LogInventory inventory, LogPosition start, byte[] root)
{
    private readonly Dictionary<long, SegmentReferences> _segments = [];

    public LogPosition Start => start;

    public LogPosition End { get; } = inventory.FollowFrom(start);

    public byte[] Root => root;

    /// <summary>References by segment; nothing of those to which there are none.</summary>
    public IReadOnlyDictionary<long, SegmentReferences> Segments => _segments;

    /// <summary>Map nodes that could not be read: what is below them is not counted.</summary>
    public int LostNodes { get; private set; }

    /// <summary>Walks the catalog and the maps of all disks and snapshots.</summary>
    /// <exception cref="PoolCorruptedException">The catalog is not whole.</exception>
    public void Walk(CancellationToken cancellationToken)
    {
        var reader = new FieldReader(root, "checkpoint");
        MapRoot catalogRoot = ItemCodec.ReadRoot(ref reader);
        int pages = (int)reader.UInt32();
        using var cache = new NodeCache(1 << 20);
        var catalog = new Catalog(new BlockMap(cache, new ReferenceQueue()), static () => 0);
        new CatalogPages(new DiskVolume(CatalogPages.DiskNumber, default, "catalog", 0, BlockSize.Default, catalogRoot))
            .Load(catalog, pages, (page, bytes) => ReadCatalogPage(catalogRoot, page, bytes));
        Visit(catalogRoot.Entry, catalogRoot.Height, cancellationToken);
        foreach (ChainState chain in catalog.All)
        {
            Visit(chain.Volume.Root.Entry, chain.Volume.Root.Height, cancellationToken);
            foreach (SnapshotState state in chain.States)
            {
                Visit(state.Root.Entry, state.Root.Height, cancellationToken);
            }
        }
    }

    private void ReadCatalogPage(MapRoot catalogRoot, long page, byte[] bytes)
    {
        NodeEntry entry = catalogRoot.Entry;
        byte[] node = new byte[NodeLayout.Bytes];
        for (int level = catalogRoot.Height; level > 0 && !entry.IsNone; level--)
        {
            if (!inventory.TryRead(entry.Id, entry.Checksum, node))
            {
                throw new PoolCorruptedException("catalog", $"map node {entry.Id} is lost");
            }

            entry = NodeLayout.Entries(node.AsSpan())[NodeLayout.SlotOf(page, level)];
        }

        if (!entry.IsNone && !inventory.TryRead(entry.Id, entry.Checksum, bytes))
        {
            throw new PoolCorruptedException("catalog", $"page {page} is lost");
        }
    }

    // One more reference to what an entry names; its children are walked with the first one only.
    private void Visit(NodeEntry entry, int level, CancellationToken cancellationToken)
    {
        if (entry.IsNone)
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        BlockId id = entry.Id;
        if (!_segments.TryGetValue(id.Segment, out SegmentReferences? segment))
        {
            _segments[id.Segment] = segment = new SegmentReferences(inventory.SlotsMax(id.Segment));
        }

        if (!segment.Add(id) || level == 0)
        {
            return;
        }

        byte[] node = new byte[NodeLayout.Bytes];
        if (!inventory.TryRead(id, entry.Checksum, node))
        {
            LostNodes++;
            return;
        }

        foreach (NodeEntry child in NodeLayout.Entries(node.AsSpan()))
        {
            Visit(child, level - 1, cancellationToken);
        }
    }
}
