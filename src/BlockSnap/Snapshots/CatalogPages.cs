using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>
/// The catalog on disk: items in the pages of an inner disk (number 0), which is mapped, counted and checkpointed like any other.
/// A checkpoint writes the pages of items that changed. Called under the gate.
/// </summary>
internal sealed class CatalogPages(DiskVolume volume)
{
    public const uint DiskNumber = 0;

    private readonly List<byte[]> _pages = [];
    private readonly List<bool> _used = [];
    private readonly Dictionary<object, Item> _items = [];
    private readonly HashSet<int> _dirtyPages = [];
    private int _hint;

    private sealed record Item(int First, int Cells, byte[] Payload);

    public DiskVolume Volume => volume;

    public int PageCount => _pages.Count;

    /// <summary>Brings the pages up to date with the catalog and writes the changed ones through <paramref name="engine"/>.</summary>
    public void Write(Catalog catalog, BlockEngine engine)
    {
        foreach (ChainState chain in catalog.All)
        {
            Put(chain, CatalogCell.DiskItem, EncodeDisk(chain));
            foreach (SnapshotState snapshot in chain.Snapshots)
            {
                Put(snapshot, CatalogCell.SnapshotItem, EncodeSnapshot(snapshot));
            }

            if (chain.Undo is { } undo)
            {
                Put(undo, CatalogCell.UndoItem, EncodeSnapshot(undo));
            }
        }

        foreach (int page in _dirtyPages.Order())
        {
            engine.WriteInner(volume, page, _pages[page]);
        }

        _dirtyPages.Clear();
    }

    /// <summary>Frees the cells of a chain or snapshot that is gone.</summary>
    public void Remove(object owner)
    {
        if (_items.Remove(owner, out Item? item))
        {
            Free(item);
        }
    }

    /// <summary>Reads every item into the catalog.</summary>
    public void Load(Catalog catalog, int pageCount, Action<long, byte[]> readPage)
    {
        for (int page = 0; page < pageCount; page++)
        {
            byte[] bytes = new byte[CatalogCell.PageBytes];
            readPage(page, bytes);
            _pages.Add(bytes);
            _used.AddRange(new bool[CatalogCell.CellsPerPage]);
        }

        var snapshots = new List<(byte Kind, int First, byte[] Payload)>();
        for (int cell = 0; cell < _used.Count;)
        {
            (byte kind, int payloadBytes) = CatalogCell.ReadHead(Cell(cell));
            if (kind == 0)
            {
                cell++;
                continue;
            }

            int cells = CatalogCell.CellsFor(payloadBytes);
            if (payloadBytes < 0 || cell + cells > _used.Count || kind > CatalogCell.UndoItem)
            {
                throw new PoolCorruptedException("catalog", $"the item in cell {cell} is nonsense");
            }

            byte[] payload = Copy(cell, payloadBytes);
            if (kind == CatalogCell.DiskItem)
            {
                ChainState chain = DecodeDisk(payload);
                catalog.Add(chain);
                _items[chain] = new Item(cell, cells, payload);
            }
            else
            {
                snapshots.Add((kind, cell, payload));
            }

            Mark(cell, cells, true);
            cell += cells;
        }

        foreach ((byte kind, int first, byte[] payload) in snapshots)
        {
            SnapshotState snapshot = DecodeSnapshot(payload);
            ChainState chain = catalog.Find(snapshot.Facts.DiskId) ?? throw new PoolCorruptedException("catalog", $"snapshot {snapshot.Facts.Id} belongs to no disk");
            _items[snapshot] = new Item(first, CatalogCell.CellsFor(payload.Length), payload);
            if (kind == CatalogCell.UndoItem)
            {
                chain.Undo = snapshot;
            }
            else
            {
                chain.Snapshots.Add(snapshot);
            }
        }

        foreach (ChainState chain in catalog.All)
        {
            chain.Snapshots.Sort((a, b) => _order[a].CompareTo(_order[b]));
        }
    }

    private readonly Dictionary<SnapshotState, long> _order = [];
    private long _nextOrder;

    private byte[] EncodeDisk(ChainState chain)
    {
        DiskVolume disk = chain.Volume;
        var writer = new FieldWriter();
        writer.UInt32(disk.Number).Guid(disk.Id.Value).Text(disk.Name).Int64(disk.Size).Byte((byte)disk.BlockSize.Log2).Byte(disk.IsReleased ? (byte)1 : (byte)0)
            .UInt32(chain.Family).Guid(chain.Origin?.Value ?? Guid.Empty);
        WriteRoot(writer, disk.Root);
        return writer.Written.ToArray();
    }

    private static ChainState DecodeDisk(byte[] payload)
    {
        var reader = new FieldReader(payload, "catalog");
        uint number = reader.UInt32();
        var id = new DiskId(reader.Guid());
        string name = reader.Text() ?? throw reader.Damaged("a disk has no name");
        long size = reader.Int64();
        BlockSize blockSize = OperationCodec.ReadBlockSize(ref reader);
        bool released = reader.Byte() != 0;
        uint family = reader.UInt32();
        Guid origin = reader.Guid();
        MapRoot root = ReadRoot(ref reader);
        return new ChainState(new DiskVolume(number, id, name, size, blockSize, root) { IsReleased = released }, family)
        {
            Origin = origin == Guid.Empty ? null : new SnapshotId(origin),
        };
    }

    private byte[] EncodeSnapshot(SnapshotState snapshot)
    {
        if (!_order.TryGetValue(snapshot, out long order))
        {
            _order[snapshot] = order = _nextOrder++;
        }

        var writer = new FieldWriter();
        writer.Int64(order);
        OperationCodec.WriteFacts(writer, snapshot.Facts);
        WriteRoot(writer, snapshot.Root);
        return writer.Written.ToArray();
    }

    private SnapshotState DecodeSnapshot(byte[] payload)
    {
        var reader = new FieldReader(payload, "catalog");
        long order = reader.Int64();
        Snapshot facts = OperationCodec.ReadFacts(ref reader);
        var snapshot = new SnapshotState(facts, ReadRoot(ref reader));
        _order[snapshot] = order;
        _nextOrder = Math.Max(_nextOrder, order + 1);
        return snapshot;
    }

    /// <summary>Writes a root as three fields; also the form in which a checkpoint publishes the catalog's own.</summary>
    public static void WriteRoot(FieldWriter writer, MapRoot root) => writer.UInt64(root.Entry.Value).UInt64(root.Entry.Checksum).Byte((byte)root.Height);

    public static MapRoot ReadRoot(ref FieldReader reader)
    {
        var entry = new NodeEntry(reader.UInt64(), reader.UInt64());
        byte height = reader.Byte();
        return height is >= 1 and <= 8 && !entry.IsVolatile ? new MapRoot(entry, height) : throw reader.Damaged("a map's root is nonsense");
    }

    private void Put(object owner, byte kind, byte[] payload)
    {
        if (_items.TryGetValue(owner, out Item? item))
        {
            if (item.Payload.AsSpan().SequenceEqual(payload) && Cell(item.First)[0] == kind)
            {
                return;
            }

            Free(item);
        }

        int cells = CatalogCell.CellsFor(payload.Length);
        int first = Allocate(cells);
        _items[owner] = new Item(first, cells, payload);
        byte[] bytes = new byte[cells * CatalogCell.Bytes];
        CatalogCell.WriteHead(bytes, kind, payload.Length);
        payload.CopyTo(bytes, CatalogCell.HeadBytes);
        for (int i = 0; i < cells; i++)
        {
            bytes.AsSpan(i * CatalogCell.Bytes, CatalogCell.Bytes).CopyTo(Cell(first + i));
        }
    }

    private int Allocate(int cells)
    {
        int run = 0;
        for (int cell = _hint; cell < _used.Count; cell++)
        {
            run = _used[cell] ? 0 : run + 1;
            if (run == cells)
            {
                return Take(cell - cells + 1, cells);
            }
        }

        int first = _used.Count - run;
        while (_used.Count < first + cells)
        {
            _pages.Add(new byte[CatalogCell.PageBytes]);
            _used.AddRange(new bool[CatalogCell.CellsPerPage]);
        }

        return Take(first, cells);
    }

    private int Take(int first, int cells)
    {
        Mark(first, cells, true);
        if (cells == 1)
        {
            _hint = first + 1;
        }

        return first;
    }

    private void Free(Item item)
    {
        Mark(item.First, item.Cells, false);
        for (int i = 0; i < item.Cells; i++)
        {
            Cell(item.First + i).Clear();
        }

        _hint = Math.Min(_hint, item.First);
    }

    private void Mark(int first, int cells, bool used)
    {
        for (int cell = first; cell < first + cells; cell++)
        {
            _used[cell] = used;
            _dirtyPages.Add(cell / CatalogCell.CellsPerPage);
        }
    }

    private Span<byte> Cell(int cell) =>
        _pages[cell / CatalogCell.CellsPerPage].AsSpan(cell % CatalogCell.CellsPerPage * CatalogCell.Bytes, CatalogCell.Bytes);

    private byte[] Copy(int cell, int payloadBytes)
    {
        byte[] bytes = new byte[CatalogCell.CellsFor(payloadBytes) * CatalogCell.Bytes];
        for (int at = 0; at < bytes.Length; at += CatalogCell.Bytes)
        {
            Cell(cell + (at / CatalogCell.Bytes)).CopyTo(bytes.AsSpan(at));
        }

        return bytes.AsSpan(CatalogCell.HeadBytes, payloadBytes).ToArray();
    }
}
