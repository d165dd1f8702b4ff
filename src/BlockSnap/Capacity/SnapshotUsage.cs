namespace BlockSnap;

/// <summary>
/// What one snapshot refers to, exactly, in bytes of whole blocks. Blocks are stored as they are, so these are the bytes they take on the
/// device; map nodes, some 0.4 % of it, are told for the pool only. Immutable.
/// </summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="StoredBytes">Blocks that no earlier snapshot of the chain refers to; the sum over the chain is its capacity.</param>
/// <param name="ExclusiveBytes">Blocks that nothing else refers to: what deleting it alone would free now.</param>
/// <param name="SharedBytes">The rest of what it refers to.</param>
/// <param name="BlockSize">The size of its blocks.</param>
public sealed record SnapshotUsage(Snapshot Snapshot, long StoredBytes, long ExclusiveBytes, long SharedBytes, BlockSize BlockSize = default)
{
    /// <summary>The disk's size when it was taken.</summary>
    public long LogicalBytes => Snapshot.Size;

    /// <summary>All that it refers to.</summary>
    public long ReferencedBytes => ExclusiveBytes + SharedBytes;

    /// <summary>The bytes that its blocks take on the device: blocks are stored as they are, so <see cref="ReferencedBytes"/>.</summary>
    public long PhysicalBytes => ReferencedBytes;

    /// <summary>The number of blocks that it refers to.</summary>
    public long ReferencedBlocks => ReferencedBytes >> BlockSize.Log2;

    /// <summary>The number of blocks that no earlier snapshot of the chain refers to.</summary>
    public long StoredBlocks => StoredBytes >> BlockSize.Log2;

    /// <summary>The number of blocks that nothing else refers to.</summary>
    public long ExclusiveBlocks => ExclusiveBytes >> BlockSize.Log2;
}
