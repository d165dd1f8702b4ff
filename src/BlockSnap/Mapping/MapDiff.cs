using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <summary>
/// What differs between two maps of one block size: a walk of both trees at once that skips every subtree the two share, so that the
/// work is in proportion to what changed. Yields runs of blocks in order, not merged across leaves. The maps are held by the caller.
/// </summary>
internal sealed class MapDiff(MapReader reader)
{
    /// <summary>Nodes read so far: the measure of the work.</summary>
    public long NodesVisited { get; private set; }

    /// <summary>A run of blocks that differ.</summary>
    /// <param name="First">The first block.</param>
    /// <param name="Count">The number of blocks.</param>
    /// <param name="IsData">Whether they hold data in the newer map; else they are holes there.</param>
    public readonly record struct Run(long First, long Count, bool IsData);

    /// <summary>Compares whole maps; null is an empty one.</summary>
    public IEnumerable<Run> Compare(IRootHolder? from, IRootHolder to, CancellationToken cancellationToken = default) =>
        Compare(from, to, 0, long.MaxValue, cancellationToken);

    /// <summary>Compares the blocks from <paramref name="first"/> to before <paramref name="end"/>: no node outside of them is read.</summary>
    public IEnumerable<Run> Compare(IRootHolder? from, IRootHolder to, long first, long end, CancellationToken cancellationToken = default)
    {
        MapRoot before = from is null ? MapRoot.Empty(1) : reader.RootOf(from);
        MapRoot after = reader.RootOf(to);
        int height = Math.Max(before.Height, after.Height);
        var levels = new Level[height + 1];
        int level = height;
        if (before.Entry == after.Entry && before.Height == after.Height)
        {
            yield break;
        }

        // The lower of the two maps is lifted to the height of the other: imaginary nodes above it have it as their first child, and no other.
        var liftedBefore = new Side(from, before.Entry, height - before.Height);
        var liftedAfter = new Side(to, after.Entry, height - after.Height);
        Enter(levels, level, 0, liftedBefore, liftedAfter, first, end);
        while (level <= height)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Level at = levels[level];
            if (level == 1)
            {
                while (at.NextRun() is { Count: > 0 } run)
                {
                    yield return run;
                }

                level++;
            }
            else if (at.NextDifferent() is var slot && slot < 0)
            {
                level++;
            }
            else
            {
                level--;
                long start = at.First + (slot * MapRoot.CapacityOf(level));
                Enter(levels, level, start, at.Before.ChildAt(slot), at.After.ChildAt(slot), first, end);
            }
        }
    }

    private void Enter(Level[] levels, int level, long start, Side before, Side after, long first, long end)
    {
        Level at = levels[level] ??= new Level();
        at.First = start;
        if (before.IsStored && after.IsStored)
        {
            (at.Before.Holder, at.Before.ChildLift, at.After.Holder, at.After.ChildLift) = (before.Holder, 0, after.Holder, 0);
            NodesVisited += 2;
            reader.ReadDifferent(
                before.Entry, before.Holder!, after.Entry, after.Holder!, level, start, at.Before.Entries, at.After.Entries, at.Differ);
        }
        else
        {
            Load(at.Before, before, level, start);
            Load(at.After, after, level, start);
            NodeComparison.Compare(at.Before.Entries, at.After.Entries, at.Differ);
        }

        long capacity = MapRoot.CapacityOf(level - 1);
        at.Slot = (int)Math.Clamp((first - start) / capacity, 0, NodeLayout.Fanout);
        at.End = (int)Math.Clamp(((Math.Min(end, long.MaxValue - capacity) - start) + capacity - 1) / capacity, 0, NodeLayout.Fanout);
    }

    private void Load(Node node, Side side, int level, long start)
    {
        node.Holder = side.Holder;
        node.ChildLift = Math.Max(0, side.Lifted - 1);
        if (!side.IsStored)
        {
            node.Entries.AsSpan().Clear();
            node.Entries[0] = side.Entry;
            return;
        }

        NodesVisited++;
        reader.Read(side.Entry, side.Holder!, level, start, node.Entries);
    }

    // A node by its entry, how many levels it is lifted, and the map it belongs to: null for one without nodes.
    private readonly record struct Side(IRootHolder? Holder, NodeEntry Entry, int Lifted)
    {
        // Whether it is a real node, and neither a hole nor an imaginary one.
        public bool IsStored => !Entry.IsNone && Lifted == 0;
    }

    private sealed class Node
    {
        public readonly NodeEntry[] Entries = new NodeEntry[NodeLayout.Fanout];
        public IRootHolder? Holder;
        public int ChildLift;

        public int LiftAt(int slot) => slot == 0 ? ChildLift : 0;

        public Side ChildAt(int slot) => new(Holder, Entries[slot], LiftAt(slot));
    }

    /// <summary>
    /// The two nodes of one level that are being compared, and the slots that are left to look at. Entries in which the two do not differ may not be
    /// filled in.
    /// </summary>
    private sealed class Level
    {
        public readonly Node Before = new();
        public readonly Node After = new();
        public readonly ulong[] Differ = new ulong[NodeComparison.Words];
        public long First;
        public int Slot;
        public int End;

        public int NextDifferent()
        {
            // Below an imaginary node the first child may be lifted too: the same entry at two different heights is not the same map.
            if (Slot == 0 && Slot < End && Before.ChildLift != After.ChildLift && !(Before.Entries[0].IsNone && After.Entries[0].IsNone))
            {
                return Slot++;
            }

            Slot = Skip(Slot);
            return Slot < End ? Slot++ : -1;
        }

        public Run NextRun()
        {
            int start = Skip(Slot);
            if (start == End)
            {
                Slot = End;
                return default;
            }

            bool isData = !After.Entries[start].IsNone;
            Slot = start + 1;
            while (Skip(Slot) == Slot && Slot < End && !After.Entries[Slot].IsNone == isData)
            {
                Slot++;
            }

            return new Run(First + start, Slot - start, isData);
        }

        // The next slot in which the two differ, or the end.
        private int Skip(int slot) => Math.Min(NodeComparison.Next(Differ, slot), End);
    }
}
