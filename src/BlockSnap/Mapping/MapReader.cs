using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Storage;

namespace BlockSnap.Mapping;

/// <summary>Reads nodes of frozen maps from outside the gate. Only roots that the caller holds a reference to may be walked.</summary>
internal sealed class MapReader(LogBlockStore store, NodeCache cache)
{
    /// <summary>Copies a node's entries.</summary>
    /// <exception cref="BlockCorruptedException">The stored node is not what was written.</exception>
    public void Read(NodeEntry node, Span<NodeEntry> entries)
    {
        while (true)
        {
            using (store.Gate.Enter())
            {
                store.ThrowIfClosed();
                int frame = cache.Find(node);
                if (frame >= 0)
                {
                    cache.Entries(frame).CopyTo(entries);
                    return;
                }
            }

            Load(new MissingNode(node));
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
}
