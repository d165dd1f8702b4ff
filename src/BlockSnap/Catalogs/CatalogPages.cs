using BlockSnap.Disks;
using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>
/// The catalog on disk: items in the pages of an inner disk (number 0), which is mapped, counted and checkpointed like any other.
/// A checkpoint writes the pages of items that changed. Called under the gate.
/// </summary>
internal sealed class CatalogPages(DiskVolume volume)
{
    public const uint DiskNumber = 0;

    // Stands for every page that was read and has no items. Never written to.
    private static readonly byte[] s_empty = new byte[CatalogCell.PageBytes];

    private readonly List<byte[]> _pages = [];

    // By cell.
    private readonly List<bool> _used = [];

    // By owner: a chain, a snapshot's state or an item's.
    private readonly Dictionary<object, Item> _items = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<int> _dirtyPages = [];

    // No cell before it is free.
    private int _firstFree;

    // Where an item lies, and its bytes.
    private sealed record Item(int First, int Cells, byte[] Payload)
    {
        // What the payload was made from; the default when it was read.
        public ItemStamp Stamp { get; set; }
    }

    public DiskVolume Volume => volume;

    public int PageCount => _pages.Count;

    /// <summary>How often an owner's bytes were made so far: the measure of the work.</summary>
    public long Encoded { get; private set; }

    /// <summary>How often an owner was looked at so far, whether it had changed or not.</summary>
    public long Visited { get; private set; }

    /// <summary>
    /// About how many pages there will be at most after the next <see cref="Write"/>: new items are taken for four cells long, and most are shorter.
    /// </summary>
    public int PagesMax(Catalog catalog)
    {
        const int CellsOfNew = 4;
        int more = Math.Max(0, catalog.OwnersMax - _items.Count);
        return PageCount + (more * CellsOfNew / CatalogCell.CellsPerPage) + 1;
    }

    /// <summary>How many pages the next <see cref="Write"/> will write, exactly. Looks at every disk, and works for what changed.</summary>
    public int CountChanged(Catalog catalog)
    {
        Update(catalog); // a root without a name is put in as it is, and again when it has one
        return _dirtyPages.Count;
    }

    /// <summary>Brings the pages up to date with the catalog and writes the changed ones through <paramref name="engine"/>.</summary>
    public void Write(Catalog catalog, BlockEngine engine)
    {
        Update(catalog);
        foreach (int page in _dirtyPages.Order())
        {
            engine.WriteInner(volume, page, _pages[page]);
        }

        _dirtyPages.Clear();
    }

    /// <summary>Frees the cells of an item whose owner is gone.</summary>
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
        byte[]? bytes = null;
        for (int page = 0; page < pageCount; page++)
        {
            bytes ??= new byte[CatalogCell.PageBytes];
            readPage(page, bytes);
            if (BlockDiffer.IsZero(bytes))
            {
                _pages.Add(s_empty); // costs nothing until something is put there
            }
            else
            {
                _pages.Add(bytes);
                bytes = null;
            }

            _used.AddRange(new bool[CatalogCell.CellsPerPage]);
        }

        var owners = new List<object>();
        for (int cell = 0; cell < _used.Count;)
        {
            (ItemKind kind, int payloadBytes) = CatalogCell.ReadHead(Cell(cell));
            if (kind == 0)
            {
                cell++;
                continue;
            }

            if (payloadBytes < 0 || payloadBytes > ((_used.Count - cell) * CatalogCell.Bytes) - CatalogCell.HeadBytes)
            {
                throw new PoolCorruptedException("catalog", $"the item in cell {cell} is nonsense");
            }

            int cells = CatalogCell.CellsFor(payloadBytes);
            byte[] payload = Copy(cell, payloadBytes);
            object owner = ItemCodec.Decode(kind, payload);
            owners.Add(owner);
            _items[owner] = new Item(cell, cells, payload);
            Mark(cell, cells, true);
            cell += cells;
        }

        _dirtyPages.Clear();
        catalog.Restore(owners);
        catalog.Settle();
    }

    private void Update(Catalog catalog)
    {
        foreach (object owner in catalog.Changed)
        {
            Visited++;
            ItemStamp stamp = ItemCodec.StampOf(owner);
            if (!_items.TryGetValue(owner, out Item? item) || !item.Stamp.IsSameAs(stamp))
            {
                Put(owner, item).Stamp = stamp;
            }
        }
    }

    private Item Put(object owner, Item? before)
    {
        Encoded++;
        (ItemKind kind, byte[] payload) = ItemCodec.Encode(owner);
        if (before is not null && before.Payload.AsSpan().SequenceEqual(payload) && Cell(before.First)[0] == (byte)kind)
        {
            return before;
        }

        // In its old cells if it takes as many: then no other page changes, and the pages that were counted stay right.
        int cells = CatalogCell.CellsFor(payload.Length);
        int first = before is null || before.Cells != cells ? Move(before, cells) : before.First;
        Mark(first, cells, true);
        var item = new Item(first, cells, payload);
        _items[owner] = item;
        byte[] bytes = new byte[cells * CatalogCell.Bytes];
        CatalogCell.WriteHead(bytes, kind, payload.Length);
        payload.CopyTo(bytes, CatalogCell.HeadBytes);
        for (int i = 0; i < cells; i++)
        {
            bytes.AsSpan(i * CatalogCell.Bytes, CatalogCell.Bytes).CopyTo(Cell(first + i));
        }

        return item;
    }

    // Gives up the old cells, if there are any, and finds room for the new ones.
    private int Move(Item? before, int cells)
    {
        if (before is not null)
        {
            Free(before);
        }

        int first = FindRoom(cells);
        if (cells == 1)
        {
            _firstFree = first + 1;
        }

        return first;
    }

    // The first cell of a run of free ones, for which pages are added where there is none.
    private int FindRoom(int cells)
    {
        int run = 0;
        for (int cell = _firstFree; cell < _used.Count; cell++)
        {
            run = _used[cell] ? 0 : run + 1;
            if (run == cells)
            {
                return cell - cells + 1;
            }
        }

        int first = _used.Count - run;
        while (_used.Count < first + cells)
        {
            _pages.Add(new byte[CatalogCell.PageBytes]);
            _used.AddRange(new bool[CatalogCell.CellsPerPage]);
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

        _firstFree = Math.Min(_firstFree, item.First);
    }

    private void Mark(int first, int cells, bool used)
    {
        for (int cell = first; cell < first + cells; cell++)
        {
            _used[cell] = used;
            int page = cell / CatalogCell.CellsPerPage;
            _dirtyPages.Add(page);
            if (_pages[page] == s_empty)
            {
                _pages[page] = new byte[CatalogCell.PageBytes];
            }
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
