using BlockSnap.Format;
using BlockSnap.Storage;

namespace BlockSnap.Mapping;

/// <summary>
/// Block maps: fixed-radix persistent trees, 256 entries a node, absent subtree = hole, path copy on first change after a freeze.
/// Everything here runs under the gate and in memory: a node that is missing is reported, loaded by the caller without the gate, and the
/// operation tried again. Reference changes go to the ledger's queue, never to a count.
/// A node is changed in place only while it is younger than its disk's last freeze (I1): volatile ones by the freeze count at their
/// birth, stored ones by their name, since names grow in log order.
/// </summary>
internal sealed partial class BlockMap : IVolatileReleases
{
    private readonly NodeCache _cache;
    private readonly ReferenceQueue _references;

    /// <summary>Grows by one with every freeze.</summary>
    private long _freezes;

    public BlockMap(NodeCache cache, ReferenceQueue references)
    {
        _cache = cache;
        _references = references;
        references.Volatile = this;
    }

    public NodeCache Cache => _cache;

    /// <summary>Looks a block up.</summary>
    /// <returns>False when a node is missing.</returns>
    public bool TryGet(MapRoot root, long index, out NodeEntry entry, out MissingNode missing)
    {
        bool isKnown = TryFindLeaf(root, index, out int leaf, out missing);
        entry = leaf < 0 ? NodeEntry.None : _cache.Entries(leaf)[NodeLayout.SlotOf(index, 1)];
        return isKnown;
    }

    /// <summary>Copies the leaf's entries from <paramref name="index"/> on, as many as lie in the same leaf and fit.</summary>
    /// <returns>The number of entries, or 0 when a node is missing.</returns>
    public int GetRun(MapRoot root, long index, Span<NodeEntry> entries, out MissingNode missing)
    {
        if (!TryFindLeaf(root, index, out int leaf, out missing))
        {
            return 0;
        }

        int slot = NodeLayout.SlotOf(index, 1);
        int count = Math.Min(entries.Length, NodeLayout.Fanout - slot);
        if (leaf < 0)
        {
            entries[..count].Clear();
        }
        else
        {
            _cache.Entries(leaf).Slice(slot, count).CopyTo(entries);
        }

        return count;
    }

    /// <summary>Makes ready for <see cref="OwnLeaf"/>: frames free, the path in memory, the map high enough.</summary>
    public bool TryPrepare(MapHead head, long index, out MissingNode missing)
    {
        _cache.Reserve(2 * (Math.Max(head.Root.Height, MapRoot.HeightFor(index + 1)) + 2));
        return TryFindLeaf(head.Root, index >= MapRoot.CapacityOf(head.Root.Height) ? 0 : index, out _, out missing);
    }

    /// <summary>
    /// Points a block to new content, which already counts one reference. Only after <see cref="TryPrepare"/> under the same hold of the gate.
    /// </summary>
    public void Set(MapHead head, long index, NodeEntry entry) => Set(head, OwnLeaf(head, index), index, entry);

    /// <summary>The same, with the leaf that <see cref="OwnLeaf"/> returned for the block under the same hold of the gate.</summary>
    public void Set(MapHead head, int leaf, long index, NodeEntry entry)
    {
        head.Changes++;
        ref NodeEntry place = ref _cache.Entries(leaf)[NodeLayout.SlotOf(index, 1)];
        if (place.IsNone)
        {
            head.Blocks++;
        }
        else
        {
            _references.ReleaseBlock(place.Id);
        }

        place = entry;
    }

    /// <summary>
    /// Makes the path to a block the head's own, and returns the frame of its leaf. Only after <see cref="TryPrepare"/> under the same hold of the
    /// gate.
    /// </summary>
    public int OwnLeaf(MapHead head, long index)
    {
        Heighten(head, index);
        NodeEntry node = head.Root.Entry;
        int frame = Own(head, ref node, head.Root.Height);
        head.Root = head.Root with { Entry = node };
        for (int level = head.Root.Height; level > 1; level--)
        {
            frame = Own(head, ref _cache.Entries(frame)[NodeLayout.SlotOf(index, level)], level - 1);
        }

        return frame;
    }

    /// <summary>
    /// Freezes the present state: returns its root with one reference more, which belongs to the caller. What the head changes from now
    /// on is copied first. Costs the same whatever the disk's size.
    /// </summary>
    public MapRoot Freeze(MapHead head, ulong logPosition)
    {
        MapRoot root = head.Root;
        Retain(root);
        MarkShared(head, logPosition);
        return root;
    }

    /// <summary>Everything reachable from the head's root now counts as shared.</summary>
    public void MarkShared(MapHead head, ulong logPosition)
    {
        head.FrozenAt = ++_freezes;
        head.SharedUpTo = logPosition;
        head.FreezePending = true;
    }

    /// <summary>Adds a reference to a root.</summary>
    public void Retain(MapRoot root)
    {
        if (root.Entry.IsVolatile)
        {
            _cache[root.Entry.Frame].References++;
        }
        else if (!root.Entry.IsNone)
        {
            _references.Retain(root.Entry.Id);
        }
    }

    // The frame of the leaf that covers a block, or -1 where the map has none.
    private bool TryFindLeaf(MapRoot root, long index, out int leaf, out MissingNode missing)
    {
        leaf = -1;
        missing = default;
        NodeEntry node = index < MapRoot.CapacityOf(root.Height) ? root.Entry : NodeEntry.None;
        for (int level = root.Height; level > 0 && !node.IsNone; level--)
        {
            int frame = _cache.Find(node);
            if (frame < 0)
            {
                missing = new MissingNode(node);
                return false;
            }

            if (level == 1)
            {
                leaf = frame;
                return true;
            }

            node = _cache.Entries(frame)[NodeLayout.SlotOf(index, level)];
        }

        return true;
    }

    private void Heighten(MapHead head, long index)
    {
        while (index >= MapRoot.CapacityOf(head.Root.Height))
        {
            if (head.Root.Entry.IsNone)
            {
                head.Root = MapRoot.Empty(head.Root.Height + 1);
                continue;
            }

            int frame = _cache.TakeVolatile(head.Root.Height + 1, head.Disk, _freezes + 1);
            _cache.Entries(frame)[0] = head.Root.Entry; // the head's reference moves into the new node
            head.Root = new MapRoot(_cache.EntryOf(frame), head.Root.Height + 1);
        }
    }

    // Makes the child that an entry of an owned node points to the head's own, and returns its frame.
    private int Own(MapHead head, ref NodeEntry entry, int level)
    {
        if (entry.IsNone)
        {
            int fresh = _cache.TakeVolatile(level, head.Disk, _freezes + 1);
            entry = _cache.EntryOf(fresh);
            return fresh;
        }

        int frame = _cache.Find(entry);
        if (entry.IsVolatile)
        {
            return _cache[frame].Birth > head.FrozenAt ? frame : Copy(head, ref entry, frame, level);
        }

        if (head.FreezePending || entry.Value <= head.SharedUpTo)
        {
            return Copy(head, ref entry, frame, level);
        }

        // Its own since the last freeze, stored by a checkpoint: its references are handed over to the copy that takes its frame.
        _references.Forget(entry.Id);
        _cache.MakeVolatile(frame, level, head.Disk, _freezes + 1);
        entry = _cache.EntryOf(frame);
        return frame;
    }

    private int Copy(MapHead head, ref NodeEntry entry, int frame, int level)
    {
        int copy = _cache.TakeCopy(frame, level, head.Disk, _freezes + 1);
        foreach (ref NodeEntry child in _cache.Entries(copy))
        {
            if (child.IsVolatile)
            {
                _cache[child.Frame].References++;
            }
            else if (!child.IsNone)
            {
                _references.Retain(child.Id);
            }
        }

        ReleaseNode(entry, level);
        entry = _cache.EntryOf(copy);
        return copy;
    }
}
