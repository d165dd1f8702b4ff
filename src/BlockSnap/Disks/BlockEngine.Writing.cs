using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <content>Writing.</content>
internal sealed partial class BlockEngine
{
    // Blocks appended under one hold of the gate: long enough to spread its cost, short enough not to be felt.
    private const int BlocksPerHold = 16;

    /// <summary>Writes bytes. Whole blocks of zeros become holes.</summary>
    public void Write(DiskVolume volume, long offset, ReadOnlySpan<byte> data)
    {
        bool mayMakeSpace = true;
        while (data.Length > 0)
        {
            int taken;
            try
            {
                taken = WriteSome(volume, offset, data);
            }
            catch (PoolFullException)
            {
                if (!mayMakeSpace || !MakeSpace())
                {
                    throw;
                }

                mayMakeSpace = false;
                continue;
            }

            offset += taken;
            data = data[taken..];
        }
    }

    private int WriteSome(DiskVolume volume, long offset, ReadOnlySpan<byte> data)
    {
        int blockBytes = volume.BlockSize.Bytes;
        int within = (int)(offset & (blockBytes - 1));
        if (within == 0 && data.Length >= blockBytes)
        {
            return WriteWhole(volume, offset >> volume.BlockSize.Log2, data) * blockBytes;
        }

        int taken = Math.Min(blockBytes - within, data.Length);
        Overwrite(volume, offset, taken, data[..taken]);
        return taken;
    }

    // Writes a run of whole blocks, all zeros or none, as many as one hold of the gate takes. Returns their number.
    private int WriteWhole(DiskVolume volume, long index, ReadOnlySpan<byte> data)
    {
        int blockBytes = volume.BlockSize.Bytes;
        int count = data.Length / blockBytes;
        int zeros = 0;
        while (zeros < count && BlockDiffer.IsZero(data.Slice(zeros * blockBytes, blockBytes)))
        {
            zeros++;
        }

        if (zeros > 0)
        {
            ClearUnlessHole(volume, index, zeros);
            return zeros;
        }

        // The map's leaf is looked up once for all blocks of a hold: so a hold ends where the leaf does.
        int most = Math.Min(Math.Min(count, BlocksPerHold), NodeLayout.Fanout - NodeLayout.SlotOf(index, 1));
        int written = 0;
        while (written == 0)
        {
            MissingNode missing = default;
            using (_gate.EnterAfterOthers())
            {
                ThrowIfBeyond(volume, (index + most) << volume.BlockSize.Log2);
                store.HoldReserve(map.Cache.VolatileCount);
                if (map.TryPrepare(volume.Head, index, out missing))
                {
                    written = AppendRun(volume, index, most, data);
                }
            }

            if (written == 0)
            {
                Load(volume, missing);
            }
        }

        AfterAppend();
        return written;
    }

    // Appends blocks of one prepared leaf up to the first of zeros, at least one and no more than the reserve allows. Returns their number.
    private int AppendRun(DiskVolume volume, long index, int most, ReadOnlySpan<byte> data)
    {
        int blockBytes = volume.BlockSize.Bytes;
        int sizeClass = BlockId.ClassOf(volume.BlockSize);
        int leaf = -1;
        int written = 0;
        ReadOnlySpan<byte> block = data[..blockBytes];
        do
        {
            BlockId id = store.Log.AppendBlock(
                RecordKind.Data, volume.Number, 0, index + written, sizeClass, block, bookkeeping: false, out ulong checksum);
            store.Ledger.Queue.Born(id);
            leaf = leaf < 0 ? map.OwnLeaf(volume.Head, index) : leaf; // only now: a block that the log refuses must not copy a leaf
            map.Set(volume.Head, leaf, index + written, NodeEntry.Of(id, checksum));
            written++;
            block = written < most ? data.Slice(written * blockBytes, blockBytes) : default;
        }
        while (written < most && !BlockDiffer.IsZero(block) && store.HoldsReserve(map.Cache.VolatileCount));

        return written;
    }

    // Zeros over a hole change nothing and cost nothing: a full format is free.
    private void ClearUnlessHole(DiskVolume volume, long index, int count)
    {
        while (true)
        {
            MissingNode missing;
            bool hole;
            bool known;
            using (_gate.EnterAfterOthers())
            {
                ThrowIfBeyond(volume, (index + count) << volume.BlockSize.Log2);
                known = TryIsHole(volume, index, count, out hole, out missing);
            }

            if (known)
            {
                if (!hole)
                {
                    ClearBlocks(volume, index, (index + count) << volume.BlockSize.Log2);
                }

                return;
            }

            Load(volume, missing);
        }
    }

    private bool TryIsHole(DiskVolume volume, long index, int count, out bool hole, out MissingNode missing)
    {
        Span<NodeEntry> entries = stackalloc NodeEntry[64];
        hole = true;
        missing = default;
        for (int done = 0; done < count && hole;)
        {
            int run = map.GetRun(volume.Head.Root, index + done, entries[..Math.Min(entries.Length, count - done)], out missing);
            if (run == 0)
            {
                return false;
            }

            foreach (NodeEntry entry in entries[..run])
            {
                hole &= entry.IsNone;
            }

            done += run;
        }

        return true;
    }

    // Changes a part of one block: reads the rest, and appends the whole unless the block has changed in between, else tries again.
    // No data means zeros.
    private void Overwrite(DiskVolume volume, long offset, int length, ReadOnlySpan<byte> data)
    {
        int blockBytes = volume.BlockSize.Bytes;
        long index = offset >> volume.BlockSize.Log2;
        int within = (int)(offset & (blockBytes - 1));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(blockBytes);
        Span<byte> block = buffer.AsSpan(0, blockBytes);
        try
        {
            while (true)
            {
                NodeEntry before = ReadBlock(volume, index, block);
                if (data.IsEmpty)
                {
                    block.Slice(within, length).Clear();
                }
                else
                {
                    data.CopyTo(block[within..]);
                }

                if (TryReplace(volume, index, before, block, offset + length))
                {
                    break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        AfterAppend();
    }

    private bool TryReplace(DiskVolume volume, long index, NodeEntry before, ReadOnlySpan<byte> block, long end)
    {
        bool zero = BlockDiffer.IsZero(block);
        MissingNode missing;
        using (_gate.EnterAfterOthers())
        {
            ThrowIfBeyond(volume, end);
            if (map.TryPrepare(volume.Head, index, out missing))
            {
                if (!map.TryGet(volume.Head.Root, index, out NodeEntry now, out missing) || now.Value != before.Value)
                {
                    return false;
                }

                if (zero && now.IsNone)
                {
                    return true;
                }

                if (zero && map.TryPrepareClear(volume.Head, index, 1, out missing))
                {
                    store.HoldRoomToDiscard(map.Cache.VolatileCount);
                    store.Log.AppendHole(volume.Number, index, 1);
                    map.Clear(volume.Head, index, 1);
                    return true;
                }

                if (!zero)
                {
                    store.HoldReserve(map.Cache.VolatileCount);
                    BlockId id = store.Log.AppendBlock(
                        RecordKind.Data, volume.Number, 0, index, BlockId.ClassOf(volume.BlockSize), block, bookkeeping: false, out ulong checksum);
                    store.Ledger.Queue.Born(id);
                    map.Set(volume.Head, index, NodeEntry.Of(id, checksum));
                    return true;
                }
            }
        }

        Load(volume, missing);
        return false;
    }

    private void ThrowIfBeyond(DiskVolume volume, long end)
    {
        ThrowIfGone(volume);
        if (end > volume.Size)
        {
            throw new ArgumentOutOfRangeException(
                nameof(end), end, $"The disk '{volume.Name}' was shrunk to {volume.Size} bytes while it was written.");
        }
    }
}
