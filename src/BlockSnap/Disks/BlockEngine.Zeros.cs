using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <content>Stored blocks of zeros. No call here makes one; what is found was written by something else.</content>
internal sealed partial class BlockEngine
{
    /// <summary>
    /// Looks at mapped blocks for such as hold only zeros, and makes holes of them. The map's checksums tell which to read; what is read
    /// becomes a hole only while it is still what the map points to, so nothing that is written meanwhile is lost.
    /// </summary>
    /// <param name="volume">The disk.</param>
    /// <param name="first">The first block.</param>
    /// <param name="count">How many to look at, at most; only those in the first one's leaf are.</param>
    /// <param name="clears">False only counts.</param>
    /// <param name="looked">The blocks that were looked at.</param>
    /// <returns>The blocks of zeros.</returns>
    public int ClearZeros(DiskVolume volume, long first, long count, bool clears, out int looked)
    {
        NodeEntry[] entries = ArrayPool<NodeEntry>.Shared.Rent(NodeLayout.Fanout);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(volume.BlockSize.Bytes);
        try
        {
            Span<byte> block = buffer.AsSpan(0, volume.BlockSize.Bytes);
            block.Clear();
            ulong checksum = BlockChecksum.Compute(block);
            looked = GetEntries(volume, first, entries.AsSpan(0, (int)Math.Min(count, NodeLayout.Fanout)));
            int zeros = 0;
            for (int i = 0; i < looked; i++)
            {
                if (!entries[i].IsNone && entries[i].Checksum == checksum && ClearIfZero(volume, first + i, block, clears))
                {
                    zeros++;
                }
            }

            return zeros;
        }
        finally
        {
            ArrayPool<NodeEntry>.Shared.Return(entries);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int GetEntries(DiskVolume volume, long first, Span<NodeEntry> entries)
    {
        while (true)
        {
            MissingNode missing;
            using (_gate.EnterAfterOthers())
            {
                ThrowIfGone(volume);
                if (map.GetRun(volume.Head.Root, first, entries, out missing) is > 0 and int found)
                {
                    return found;
                }
            }

            Load(volume, missing);
        }
    }

    private bool ClearIfZero(DiskVolume volume, long index, Span<byte> block, bool clears)
    {
        NodeEntry entry;
        do
        {
            entry = ReadBlock(volume, index, block);
            if (entry.IsNone || !BlockDiffer.IsZero(block))
            {
                return false; // written or discarded since its checksum was looked at
            }
        }
        while (clears && !TryReplace(volume, index, entry, block, end: 0));
        AfterAppend();
        return true;
    }
}
