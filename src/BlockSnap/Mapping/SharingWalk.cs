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
    // Buffers for nodes, to be used again.
    private readonly Stack<NodeEntry[]> _idle = new();

    /// <summary>Told of every stored block once: where it stands, and the maps that refer to it, by their positions in the list, ascending.</summary>
    public delegate void BlockVisitor(NodeEntry block, long index, ReadOnlySpan<int> owners);

    /// <summary>Told of every node that cannot be read: the range it covers, and the maps that refer to it.</summary>
    public delegate void DamageVisitor(NodeEntry node, long first, long count, ReadOnlySpan<int> owners, Exception? failure);

    /// <summary>
    /// Decides whether blocks below a node with these owners matter; otherwise the subtree may be skipped. Owners of which no single one matters must
    /// not matter together either.
    /// </summary>
    public delegate bool OwnersFilter(ReadOnlySpan<int> owners);

    /// <summary>Nodes known to be damaged, whatever a cache may hold of them; they are told without a failure.</summary>
    public Func<NodeEntry, bool> IsDamaged { get; init; } = static _ => false;

    /// <summary>What to do about nodes that cannot be read. Unless set they are passed over, with what lies below.</summary>
    public DamageVisitor Damaged { get; init; } = static (_, _, _, _, _) => { };

    /// <summary>Walks maps that the caller holds.</summary>
    public void Run(IReadOnlyList<IRootHolder> holders, OwnersFilter filter, BlockVisitor visit)
    {
        MapRoot[] roots = [.. holders.Select(reader.RootOf)];
        int height = roots.Length == 0 ? 0 : roots.Max(root => root.Height);
        var sides = new List<Side>();
        for (int i = 0; i < roots.Length; i++)
        {
            Join(sides, roots[i].Entry, height - roots[i].Height, [i]);
        }

        Walk(holders, sides, height, 0, filter, visit);
    }

    // A distinct node at a position, how many levels it is lifted, and the maps that have it there, ascending.
    private readonly record struct Side(NodeEntry Entry, int Lifted, int[] Owners)
    {
        public int LiftAt(int slot) => slot == 0 ? Math.Max(0, Lifted - 1) : 0;
    }

    private static void Join(List<Side> sides, NodeEntry entry, int lifted, int[] owners)
    {
        if (entry.IsNone)
        {
            return;
        }

        int known = sides.FindIndex(side => side.Entry == entry && side.Lifted == lifted);
        if (known < 0)
        {
            sides.Add(new Side(entry, lifted, owners));
        }
        else
        {
            sides[known] = sides[known] with { Owners = Union(sides[known].Owners, owners) };
        }
    }

    private static int[] Union(params IEnumerable<int[]> owners) => [.. owners.SelectMany(list => list).Order()];

    private void Walk(IReadOnlyList<IRootHolder> holders, List<Side> sides, int level, long first, OwnersFilter filter, BlockVisitor visit)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Blocks below belong to the owners of one side or of several, and several matter only if one does.
        if (!sides.Exists(side => filter(side.Owners)))
        {
            return;
        }

        var nodes = new NodeEntry[sides.Count][];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = Take();
            Read(holders, sides[i], level, first, nodes[i]);
        }

        // At most slots all nodes have the same child: then the sides need not be told apart.
        int[] all = sides.Count == 1 ? sides[0].Owners : Union(sides.Select(side => side.Owners));
        bool allMatter = filter(all);
        bool alikeLifted = sides.TrueForAll(side => side.Lifted == sides[0].Lifted);
        long capacity = MapRoot.CapacityOf(level - 1);
        var below = new List<Side>();
        for (int slot = 0; slot < NodeLayout.Fanout; slot++)
        {
            below.Clear();
            if ((slot > 0 || alikeLifted) && AreAlike(nodes, slot))
            {
                if (!allMatter || nodes[0][slot].IsNone)
                {
                    continue;
                }

                below.Add(new Side(nodes[0][slot], sides[0].LiftAt(slot), all));
            }
            else
            {
                for (int i = 0; i < nodes.Length; i++)
                {
                    Join(below, nodes[i][slot], sides[i].LiftAt(slot), sides[i].Owners);
                }
            }

            if (level > 1)
            {
                Walk(holders, [.. below], level - 1, first + (slot * capacity), filter, visit);
                continue;
            }

            foreach (Side block in below)
            {
                visit(block.Entry, first + slot, block.Owners);
            }
        }

        Array.ForEach(nodes, _idle.Push);
    }

    private static bool AreAlike(NodeEntry[][] nodes, int slot)
    {
        NodeEntry one = nodes[0][slot];
        for (int i = 1; i < nodes.Length; i++)
        {
            if (nodes[i][slot] != one)
            {
                return false;
            }
        }

        return true;
    }

    private NodeEntry[] Take() => _idle.TryPop(out NodeEntry[]? idle) ? idle : new NodeEntry[NodeLayout.Fanout];

    private void Read(IReadOnlyList<IRootHolder> holders, Side side, int level, long first, NodeEntry[] entries)
    {
        if (side.Lifted > 0)
        {
            entries.AsSpan().Clear();
            entries[0] = side.Entry;
            return;
        }

        if (!side.Entry.IsVolatile && IsDamaged(side.Entry))
        {
            entries.AsSpan().Clear();
            Damaged(side.Entry, first, MapRoot.CapacityOf(level), side.Owners, null);
            return;
        }

        try
        {
            reader.Read(side.Entry, holders[side.Owners[0]], level, first, entries);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            entries.AsSpan().Clear();
            Damaged(side.Entry, first, MapRoot.CapacityOf(level), side.Owners, e);
        }
    }
}
