using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Mapping;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Brute force: every block and node that each state of a pool refers to, by a walk of all maps. Nobody may write meanwhile.</summary>
internal sealed class MapCensus
{
    private readonly Dictionary<IRootHolder, HashSet<BlockId>> _blocks = [];
    private readonly Dictionary<IRootHolder, HashSet<BlockId>> _nodes = [];

    private MapCensus()
    {
    }

    /// <summary>Snapshots, deleted ones and states before rollbacks by their state, heads by their map's head.</summary>
    public IReadOnlyList<IRootHolder> States => [.. _blocks.Keys];

    public static MapCensus Of(DiskPool pool)
    {
        pool.Core.Checkpoint(); // so that every node has a name
        var census = new MapCensus();
        foreach (ChainState chain in pool.Core.Catalog.All)
        {
            foreach (IRootHolder state in chain.States.Append<IRootHolder>(chain.Volume.Head))
            {
                census._blocks[state] = [];
                census._nodes[state] = [];
                census.Visit(pool.Core.Engine.Reader, state, state.Root.Entry, state.Root.Height, 0);
            }
        }

        return census;
    }

    public IReadOnlySet<BlockId> BlocksOf(IRootHolder state) => _blocks[state];

    /// <summary>Bytes of the blocks that nothing but the given states refers to.</summary>
    public long ExclusiveBytes(params IReadOnlyCollection<IRootHolder> states) => Exclusive(_blocks, states);

    /// <summary>Bytes of the nodes that nothing but the given states refers to.</summary>
    public long ExclusiveNodeBytes(params IReadOnlyCollection<IRootHolder> states) => Exclusive(_nodes, states);

    /// <summary>Bytes of blocks, each once.</summary>
    public long TotalBytes() => _blocks.Values.SelectMany(ids => ids).Distinct().Sum(id => (long)id.Length);

    private static long Exclusive(Dictionary<IRootHolder, HashSet<BlockId>> owned, IReadOnlyCollection<IRootHolder> states)
    {
        HashSet<BlockId> rest = [.. owned.Where(entry => !states.Contains(entry.Key)).SelectMany(entry => entry.Value)];
        return states.SelectMany(state => owned[state]).Distinct().Where(id => !rest.Contains(id)).Sum(id => (long)id.Length);
    }

    private void Visit(MapReader reader, IRootHolder state, NodeEntry node, int level, long first)
    {
        if (node.IsNone)
        {
            return;
        }

        _nodes[state].Add(node.Id);
        var entries = new NodeEntry[NodeLayout.Fanout];
        reader.Read(node, state, level, first, entries);
        for (int slot = 0; slot < entries.Length; slot++)
        {
            if (level > 1)
            {
                Visit(reader, state, entries[slot], level - 1, first + (slot * MapRoot.CapacityOf(level - 1)));
            }
            else if (!entries[slot].IsNone)
            {
                _blocks[state].Add(entries[slot].Id);
            }
        }
    }
}
