namespace BlockSnap.Checks;

/// <summary>References to the blocks of one segment, counted anew. For one thread.</summary>
internal sealed class SegmentReferences(int slots)
{
    /// <summary>One count per slot. Of a block with several slots the first one counts.</summary>
    public uint[] Counts { get; } = new uint[slots];

    /// <summary>Bytes of the blocks that something refers to.</summary>
    public int LiveBytes { get; private set; }

    /// <summary>Of these, bytes of map nodes.</summary>
    public int NodeBytes { get; private set; }

    /// <summary>Counts a reference; says whether it is the first to its block.</summary>
    /// <exception cref="PoolCorruptedException">No segment has such a slot.</exception>
    public bool Add(BlockId id)
    {
        if (id.Slot >= Counts.Length)
        {
            throw new PoolCorruptedException("map", $"block {id} lies beyond the end of its segment");
        }

        if (Counts[id.Slot]++ > 0)
        {
            return false;
        }

        LiveBytes += id.Length;
        NodeBytes += id.IsNode ? id.Length : 0;
        return true;
    }
}
