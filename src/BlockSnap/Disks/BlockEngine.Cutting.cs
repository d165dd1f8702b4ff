using BlockSnap.Format;

namespace BlockSnap.Disks;

/// <content>Shrinking a disk to a size inside a block: what becomes of the block, in one step with the new size.</content>
internal sealed partial class BlockEngine
{
    /// <summary>Reads the block inside which a disk is to end, and makes zeros of what will lie behind the end. Changes nothing yet.</summary>
    public CutBlock Cut(DiskVolume volume, long size)
    {
        int blockBytes = volume.BlockSize.Bytes;
        long index = size >> volume.BlockSize.Log2;
        byte[] block = new byte[blockBytes];
        NodeEntry before = ReadBlock(volume, index, block);
        block.AsSpan((int)(size & (blockBytes - 1))).Clear();
        return new CutBlock(volume, index, before, block);
    }

    /// <summary>Whether the block is still what was read, so that nothing is lost when it is replaced. Gate held.</summary>
    public bool IsUnchanged(CutBlock cut) =>
        map.TryGet(cut.Volume.Head.Root, cut.Index, out NodeEntry now, out _) && now.Value == cut.Before.Value;

    /// <summary>
    /// Replaces the block, and appends the operation that shrinks the disk in the same batch: a crash between them would leave a disk that was not
    /// shrunk without the end of its block. Gate held; the block is unchanged, and the path to it in memory.
    /// </summary>
    /// <exception cref="PoolFullException">There is no room; nothing changed.</exception>
    public void AppendCut(CutBlock cut, ReadOnlySpan<byte> operation)
    {
        DiskVolume volume = cut.Volume;
        if (cut.Before.IsNone)
        {
            store.Log.AppendOperation(operation);
        }
        else if (BlockDiffer.IsZero(cut.Bytes))
        {
            store.Log.AppendHole(volume.Number, cut.Index, 1, operation);
            map.Clear(volume.Head, cut.Index, 1);
        }
        else
        {
            // As a node it is bookkeeping of what gives space back; a larger block may not fit into the short files of a full pool's reserve.
            bool isBookkeeping = cut.Bytes.Length <= BlockId.NodeBytes;
            if (isBookkeeping)
            {
                store.HoldRoomToDiscard(map.Cache.VolatileCount, blocks: 1);
            }
            else
            {
                store.HoldReserve(map.Cache.VolatileCount);
            }

            int sizeClass = BlockId.ClassOf(volume.BlockSize);
            BlockId id = store.Log.AppendBlock(
                RecordKind.Data, volume.Number, 0, cut.Index, sizeClass, cut.Bytes, isBookkeeping, out ulong checksum, operation);
            store.Ledger.Queue.Born(id);
            map.Set(volume.Head, cut.Index, NodeEntry.Of(id, checksum));
        }
    }
}
