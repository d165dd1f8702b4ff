using System.Runtime.InteropServices;
using BlockSnap.Format;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Mapping;

/// <summary>
/// What giving back references to maps would free, exactly, from the reference counts: a node is entered only when all its references would
/// be gone, so the work is in proportion to what would be freed, whatever the number of other maps. Nothing is changed.
/// In two steps, because two places count: <see cref="Give"/> under the gate, at the instant that is asked about, follows the nodes that
/// only memory knows; <see cref="Run"/> under the ledger's lock, with every change up to that instant applied and none of a later one,
/// follows the stored ones. In between the caller holds the maps.
/// Where counts or nodes are damaged nothing below counts as freed, since nothing below will be.
/// </summary>
internal sealed class SimulatedRelease(LogBlockStore store, NodeCache cache, CancellationToken cancellationToken)
{
    // References that would be given back, of nodes without a name and of those with one. A name with one reference has no entry.
    private readonly Dictionary<int, int> _givenFrames = [];
    private readonly Dictionary<BlockId, uint> _given = [];

    // What to begin with: first what readers hold, which is not to be counted, then the rest.
    private readonly List<(NodeEntry Entry, int Level, bool Counts)> _starts = [];
    private readonly NodeEntry[][] _buffers = new NodeEntry[9][];
    private uint _roots;

    /// <summary>Nodes entered so far: the measure of the work.</summary>
    public long NodesVisited { get; private set; }

    /// <summary>Blocks that would be freed.</summary>
    public long Blocks { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the map nodes that would be freed with them.</summary>
    public long NodeBytes { get; private set; }

    /// <summary>
    /// Gives back one reference to a root. Those of readers come first: what only they still hold is not what the others would free. Gate held.
    /// </summary>
    public void Give(MapRoot root, bool isReader)
    {
        _roots++;
        if (root.Entry.IsVolatile)
        {
            GiveFrame(root.Entry, root.Height, !isReader);
        }
        else if (!root.Entry.IsNone)
        {
            _starts.Add((root.Entry, root.Height, !isReader));
        }
    }

    /// <summary>Counts what would be freed. The ledger's lock is held since the instant of <see cref="Give"/>.</summary>
    public void Run()
    {
        foreach ((NodeEntry entry, int level, bool counts) in _starts)
        {
            if (entry.IsVolatile || Falls(entry.Id))
            {
                Enter(entry, level, counts);
            }
        }
    }

    // A frozen node never changes, so what it refers to can be looked at later; only its references must be compared now.
    private void GiveFrame(NodeEntry entry, int level, bool counts)
    {
        int given = _givenFrames.GetValueOrDefault(entry.Frame) + 1;
        _givenFrames[entry.Frame] = given;
        if (given < cache[entry.Frame].References)
        {
            return;
        }

        _starts.Add((entry, level, counts));
        if (level > 1)
        {
            foreach (NodeEntry child in cache.Entries(entry.Frame))
            {
                if (child.IsVolatile)
                {
                    GiveFrame(child, level - 1, counts);
                }
            }
        }
    }

    private void Enter(NodeEntry node, int level, bool counts)
    {
        cancellationToken.ThrowIfCancellationRequested();
        NodesVisited++;
        NodeBytes += counts && !node.IsVolatile ? BlockId.NodeBytes : 0;
        NodeEntry[] entries = _buffers[level] ??= new NodeEntry[NodeLayout.Fanout];
        if (!TryRead(node, entries))
        {
            return;
        }

        for (int i = 0; i < entries.Length; i++)
        {
            store.Ledger.Counts.PrefetchAhead(entries, i);
            NodeEntry child = entries[i];
            if (child.IsNone || child.IsVolatile || !Falls(child.Id))
            {
                continue; // a child without a name has its own start
            }

            if (level > 1)
            {
                Enter(child, level - 1, counts);
            }
            else if (counts)
            {
                Blocks++;
                Bytes += child.Id.Length;
            }
        }
    }

    // One reference less: was it the last? At its place in the map a block or node has at most one parent in each of the maps, so with more
    // references than maps it stays, and nothing need be noted.
    private bool Falls(BlockId id)
    {
        uint count = store.Ledger.KnownCountOf(id);
        if (count <= 1)
        {
            return count == 1;
        }

        if (count > _roots)
        {
            return false;
        }

        uint given = _given.GetValueOrDefault(id) + 1;
        _given[id] = given;
        return given == count;
    }

    private bool TryRead(NodeEntry node, NodeEntry[] entries)
    {
        using (store.Gate.Enter())
        {
            store.ThrowIfClosed();
            int frame = cache.Find(node);
            if (frame >= 0)
            {
                cache.Entries(frame).CopyTo(entries);
                return true;
            }
        }

        try
        {
            // Not through the cache: nodes that are to go must not push out nodes that stay.
            store.ReadNode(node.Id, node.Checksum, MemoryMarshal.AsBytes(entries.AsSpan()));
            return true;
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }
    }
}
