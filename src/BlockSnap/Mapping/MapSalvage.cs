using BlockSnap.Format;
using BlockSnap.Primitives;

namespace BlockSnap.Mapping;

/// <summary>Walks what can be read of a map, in order; a node that cannot be read is told by the range it covers.</summary>
internal sealed class MapSalvage(MapReader reader, IRootHolder holder, CancellationToken cancellationToken)
{
    /// <summary>Blocks that hold data, or a range of which nothing is known.</summary>
    public readonly record struct Run(long First, long Count, bool IsLost);

    /// <summary>Walks the map, which the caller holds.</summary>
    public IEnumerable<Run> Walk()
    {
        MapRoot root = reader.RootOf(holder);
        return Walk(root.Entry, root.Height, 0);
    }

    private IEnumerable<Run> Walk(NodeEntry node, int level, long first)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (node.IsNone)
        {
            yield break;
        }

        if (level == 0)
        {
            yield return new Run(first, 1, false);
            yield break;
        }

        var entries = new NodeEntry[NodeLayout.Fanout];
        if (!TryRead(node, level, first, entries))
        {
            yield return new Run(first, MapRoot.CapacityOf(level), true);
            yield break;
        }

        long capacity = MapRoot.CapacityOf(level - 1);
        for (int slot = 0; slot < NodeLayout.Fanout; slot++)
        {
            foreach (Run run in Walk(entries[slot], level - 1, first + (slot * capacity)))
            {
                yield return run;
            }
        }
    }

    private bool TryRead(NodeEntry node, int level, long first, NodeEntry[] entries)
    {
        try
        {
            reader.Read(node, holder, level, first, entries);
            return true;
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }
    }
}
