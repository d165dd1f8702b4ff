using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <summary>
/// What differs between two maps of one block size: a walk of both trees at once that skips every subtree the two share, so that the
/// work is in proportion to what changed. Yields runs of blocks in order, not merged across leaves.
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

    /// <summary>Compares whole maps.</summary>
    public IEnumerable<Run> Compare(MapRoot from, MapRoot to, CancellationToken cancellationToken = default) =>
        Compare(from, to, 0, long.MaxValue, cancellationToken);

    /// <summary>Compares the blocks from <paramref name="first"/> to before <paramref name="end"/>: no node outside of them is read.</summary>
    public IEnumerable<Run> Compare(MapRoot from, MapRoot to, long first, long end, CancellationToken cancellationToken = default)
    {
        int height = Math.Max(from.Height, to.Height);
        return Walk(Lift(from, height), Lift(to, height), height, 0, new Bounds(first, end), cancellationToken);
    }

    // A lower map stands at the front of a higher one: seen as entries, it is reached through nodes that exist in thought only.
    private static Side Lift(MapRoot root, int height) => new(root.Entry, height - root.Height);

    private readonly record struct Side(NodeEntry Entry, int Lifted)
    {
        public bool IsNone => Entry.IsNone;
    }

    /// <summary>The blocks that are asked for.</summary>
    private readonly record struct Bounds(long First, long End)
    {
        public bool Meets(long first, long count) => first < End && First - first < count;
    }

    private IEnumerable<Run> Walk(Side from, Side to, int level, long first, Bounds bounds, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (from == to || (from.IsNone && to.IsNone))
        {
            yield break;
        }

        NodeEntry[] before = Children(from, out int beforeLift);
        NodeEntry[] after = Children(to, out int afterLift);
        if (level == 1)
        {
            foreach (Run run in Leaf(before, after, first, bounds))
            {
                yield return run;
            }

            yield break;
        }

        long capacity = MapRoot.CapacityOf(level - 1);
        for (int slot = 0; slot < NodeLayout.Fanout; slot++)
        {
            // Only the first child of a node in thought exists, and is itself lifted one level less.
            var left = new Side(before[slot], slot == 0 ? beforeLift : 0);
            var right = new Side(after[slot], slot == 0 ? afterLift : 0);
            long start = first + (slot * capacity);
            if (left == right || !bounds.Meets(start, capacity))
            {
                continue;
            }

            foreach (Run run in Walk(left, right, level - 1, start, bounds, cancellationToken))
            {
                yield return run;
            }
        }
    }

    private NodeEntry[] Children(Side side, out int lift)
    {
        var entries = new NodeEntry[NodeLayout.Fanout];
        lift = 0;
        if (side.IsNone)
        {
            return entries;
        }

        if (side.Lifted > 0)
        {
            entries[0] = side.Entry;
            lift = side.Lifted - 1;
            return entries;
        }

        NodesVisited++;
        reader.Read(side.Entry, entries);
        return entries;
    }

    private static IEnumerable<Run> Leaf(NodeEntry[] before, NodeEntry[] after, long first, Bounds bounds)
    {
        int slot = (int)Math.Clamp(bounds.First - first, 0, NodeLayout.Fanout);
        int end = (int)Math.Clamp(bounds.End - first, 0, NodeLayout.Fanout);
        while (slot < end)
        {
            if (before[slot].Value == after[slot].Value)
            {
                slot++;
                continue;
            }

            int start = slot;
            bool isData = !after[start].IsNone;
            while (slot < end && before[slot].Value != after[slot].Value && !after[slot].IsNone == isData)
            {
                slot++;
            }

            yield return new Run(first + start, slot - start, isData);
        }
    }
}
