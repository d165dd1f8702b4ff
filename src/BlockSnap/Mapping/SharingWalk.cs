using BlockSnap.Format;
using BlockSnap.Primitives;

namespace BlockSnap.Mapping;

/// <summary>
/// Who holds which blocks: one walk over many maps of one block size at once. A block is only ever referred to at its own index, so at
/// each position it is enough to look at the distinct nodes that the maps have there; where all have the same one, or only a single map
/// is left, whole subtrees are told from their owner. Each distinct node is read once, whatever the number of maps.
/// </summary>
internal sealed class SharingWalk(MapReader reader, CancellationToken cancellationToken)
{
    /// <summary>Told of every stored block once: where it stands, and the maps that refer to it, by their positions in the list, ascending.</summary>
    public delegate void BlockVisitor(NodeEntry block, long index, ReadOnlySpan<int> owners);

    /// <summary>Told of every node that cannot be read: the range it covers, and the maps that refer to it.</summary>
    public delegate void DamageVisitor(NodeEntry node, long first, long count, ReadOnlySpan<int> owners, Exception failure);

    /// <summary>Decides whether blocks below a node with these owners matter; otherwise the subtree is skipped.</summary>
    public delegate bool OwnersFilter(ReadOnlySpan<int> owners);

    /// <summary>What to do about nodes that cannot be read. Unless set they are passed over, with what lies below.</summary>
    public DamageVisitor Damaged { get; init; } = static (_, _, _, _, _) => { };

    public void Run(IReadOnlyList<MapRoot> roots, OwnersFilter filter, BlockVisitor visit)
    {
        int height = roots.Count == 0 ? 0 : roots.Max(root => root.Height);
        var sides = new List<Side>();
        for (int i = 0; i < roots.Count; i++)
        {
            Join(sides, roots[i].Entry, height - roots[i].Height, [i]);
        }

        Walk(sides, height, 0, filter, visit);
    }

    // A distinct node at a position, how many levels it is lifted, and the maps that have it there.
    private sealed record Side(NodeEntry Entry, int Lifted, List<int> Owners);

    private static void Join(List<Side> sides, NodeEntry entry, int lifted, List<int> owners)
    {
        if (entry.IsNone)
        {
            return;
        }

        foreach (Side side in sides)
        {
            if (side.Entry.Value == entry.Value && side.Lifted == lifted)
            {
                side.Owners.AddRange(owners);
                return;
            }
        }

        sides.Add(new Side(entry, lifted, [.. owners]));
    }

    private void Walk(List<Side> sides, int level, long first, OwnersFilter filter, BlockVisitor visit)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var children = new NodeEntry[sides.Count][];
        int kept = 0;
        var walked = new List<Side>(sides.Count);
        foreach (Side side in sides)
        {
            side.Owners.Sort();
            walked.Add(side);
        }

        // One side alone that nobody asks about needs no look below; with several, blocks may still be shared between them.
        if (!walked.Any(side => filter(side.Owners.ToArray())))
        {
            return;
        }

        foreach (Side side in walked)
        {
            var entries = new NodeEntry[NodeLayout.Fanout];
            if (side.Lifted > 0)
            {
                entries[0] = side.Entry;
            }
            else
            {
                Read(side, level, first, entries);
            }

            children[kept++] = entries;
        }

        long capacity = MapRoot.CapacityOf(level - 1);
        var below = new List<Side>();
        for (int slot = 0; slot < NodeLayout.Fanout; slot++)
        {
            below.Clear();
            for (int i = 0; i < walked.Count; i++)
            {
                Join(below, children[i][slot], slot == 0 && walked[i].Lifted > 0 ? walked[i].Lifted - 1 : 0, walked[i].Owners);
            }

            if (below.Count == 0)
            {
                continue;
            }

            if (level > 1)
            {
                Walk([.. below], level - 1, first + (slot * capacity), filter, visit);
                continue;
            }

            foreach (Side block in below)
            {
                block.Owners.Sort();
                visit(block.Entry, first + slot, block.Owners.ToArray());
            }
        }
    }

    private void Read(Side side, int level, long first, NodeEntry[] entries)
    {
        try
        {
            reader.Read(side.Entry, entries);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            Damaged(side.Entry, first, MapRoot.CapacityOf(level), side.Owners.ToArray(), e);
        }
    }
}
