using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Storage;

namespace BlockSnap.Mapping;

/// <summary>Reads nodes of frozen maps from outside the gate. Only maps that the caller holds may be walked.</summary>
internal sealed class MapReader(LogBlockStore store, NodeCache cache)
{
    /// <summary>The root of a held map, at this moment: a checkpoint may give it a name.</summary>
    public MapRoot RootOf(IRootHolder holder)
    {
        using (store.Gate.Enter())
        {
            return holder.Root;
        }
    }

    /// <summary>
    /// Copies the entries of a node that was met on a walk of a held map. One without a name is looked for again from the root, by where
    /// it stands: since its entry was copied a checkpoint may have named it, and its frame may be another node's by now.
    /// </summary>
    /// <exception cref="BlockCorruptedException">The stored node is not what was written.</exception>
    public void Read(NodeEntry node, IRootHolder holder, int level, long first, Span<NodeEntry> entries)
    {
        while (true)
        {
            MissingNode missing;
            using (store.Gate.Enter())
            {
                store.ThrowIfClosed();
                if (TryFind(node, holder, level, first, out int frame, out missing))
                {
                    cache.Entries(frame).CopyTo(entries);
                    return;
                }
            }

            Load(missing);
        }
    }

    /// <summary>
    /// The same for two nodes that stand in the same place of two held maps; copies only the entries in which they differ, and tells which
    /// these are.
    /// </summary>
    /// <exception cref="BlockCorruptedException">A stored node is not what was written.</exception>
    public void ReadDifferent(
        NodeEntry before, IRootHolder beforeHolder, NodeEntry after, IRootHolder afterHolder, int level, long first,
        Span<NodeEntry> beforeEntries, Span<NodeEntry> afterEntries, Span<ulong> differ)
    {
        while (true)
        {
            MissingNode missing;
            using (store.Gate.Enter())
            {
                store.ThrowIfClosed();
                if (TryFind(before, beforeHolder, level, first, out int beforeFrame, out missing)
                    && TryFind(after, afterHolder, level, first, out int afterFrame, out missing))
                {
                    NodeComparison.Compare(cache.Entries(beforeFrame), cache.Entries(afterFrame), differ);
                    NodeComparison.Copy(cache.Entries(beforeFrame), differ, beforeEntries);
                    NodeComparison.Copy(cache.Entries(afterFrame), differ, afterEntries);
                    return;
                }
            }

            Load(missing);
        }
    }

    /// <summary>Brings a missing node into memory. No lock held.</summary>
    public void Load(MissingNode missing)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(NodeLayout.Bytes);
        try
        {
            Span<byte> node = buffer.AsSpan(0, NodeLayout.Bytes);
            store.ReadNode(missing.Id, missing.Entry.Checksum, node);
            using (store.Gate.Enter())
            {
                store.ThrowIfClosed();
                cache.Insert(missing.Id, missing.Entry.Checksum, node);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryFind(NodeEntry node, IRootHolder holder, int level, long first, out int frame, out MissingNode missing)
    {
        NodeEntry present = node;
        frame = !node.IsVolatile || TryDescend(holder.Root, level, first, out present) ? cache.Find(present) : -1;
        missing = new MissingNode(present);
        return frame >= 0;
    }

    // The entry of the node that covers a block at a level, or that of the node above it which is not in memory.
    private bool TryDescend(MapRoot root, int level, long first, out NodeEntry entry)
    {
        entry = root.Entry;
        for (int height = root.Height; height > level; height--)
        {
            int frame = cache.Find(entry);
            if (frame < 0)
            {
                return false;
            }

            entry = cache.Entries(frame)[NodeLayout.SlotOf(first, height)];
        }

        return true;
    }
}
