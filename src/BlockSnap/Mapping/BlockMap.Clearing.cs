using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <content>Ranges that become holes, and how many blocks went with them.</content>
internal sealed partial class BlockMap
{
    // The most nodes that one discard reads to count its blocks: some tens of microseconds. Where there are more, or some are not in memory, the
    // whole map is counted when somebody asks.
    private const int NodesCountedMax = 256;

    private int _nodesToCount;

    /// <summary>Makes ready for <see cref="Clear"/>: the paths of both ends in memory.</summary>
    public bool TryPrepareClear(MapHead head, long first, long count, out MissingNode missing)
    {
        _cache.Reserve(4 * (head.Root.Height + 2));
        long last = Math.Min(first + count, MapRoot.CapacityOf(head.Root.Height)) - 1;
        missing = default;
        return first > last || (TryFindLeaf(head.Root, first, out _, out missing) && TryFindLeaf(head.Root, last, out _, out missing));
    }

    /// <summary>Turns a range into a hole. Whole subtrees are released by their root; only the paths of the two ends are touched.</summary>
    public void Clear(MapHead head, long first, long count)
    {
        long end = Math.Min(first + count, MapRoot.CapacityOf(head.Root.Height));
        if (first < end && !head.Root.Entry.IsNone)
        {
            NodeEntry entry = head.Root.Entry;
            head.Changes++;
            _nodesToCount = NodesCountedMax;
            ClearIn(head, ref entry, head.Root.Height, 0, first, end);
            head.Root = head.Root with { Entry = entry };
            if (entry.IsNone)
            {
                head.MoveTo(head.Root, 0);
            }
        }
    }

    // The node covers [start, start + capacity); [first, end) is to become a hole.
    private void ClearIn(MapHead head, ref NodeEntry entry, int level, long start, long first, long end)
    {
        if (entry.IsNone)
        {
            return;
        }

        long capacity = MapRoot.CapacityOf(level);
        if (first <= start && end - start >= capacity)
        {
            Uncount(head, entry, level);
            ReleaseNode(entry, level);
            entry = NodeEntry.None;
            return;
        }

        int frame = Own(head, ref entry, level);
        long childCapacity = MapRoot.CapacityOf(level - 1);
        int from = (int)((Math.Max(first, start) - start) / childCapacity);
        int to = (int)((Math.Min(end - 1, start + capacity - 1) - start) / childCapacity);
        for (int slot = from; slot <= to; slot++)
        {
            ref NodeEntry child = ref _cache.Entries(frame)[slot];
            if (child.IsNone)
            {
                continue;
            }

            if (level == 1)
            {
                _references.ReleaseBlock(child.Id);
                child = NodeEntry.None;
                head.Blocks--;
            }
            else
            {
                ClearIn(head, ref child, level - 1, start + (slot * childCapacity), first, end);
            }
        }

        if (!_cache.Bytes(frame).ContainsAnyExcept((byte)0))
        {
            ReleaseNode(entry, level);
            entry = NodeEntry.None;
        }
    }

    // A whole subtree goes. No node says how many blocks are below it, so they have to be counted.
    private void Uncount(MapHead head, NodeEntry entry, int level)
    {
        long blocks = CountBelow(entry, level);
        if (blocks < 0)
        {
            head.IsCounted = false;
            head.CountsLost++;
        }
        else
        {
            head.Blocks -= blocks;
        }
    }

    // Mapped blocks below a node, or less than 0 when that takes too much.
    private long CountBelow(NodeEntry node, int level)
    {
        int frame = _cache.Find(node);
        if (frame < 0 || --_nodesToCount < 0)
        {
            return -1;
        }

        long blocks = 0;
        foreach (ref NodeEntry child in _cache.Entries(frame))
        {
            if (child.IsNone)
            {
                continue;
            }

            long below = level == 1 ? 1 : CountBelow(child, level - 1);
            if (below < 0)
            {
                return -1;
            }

            blocks += below;
        }

        return blocks;
    }
}
