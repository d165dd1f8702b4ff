namespace BlockSnap;

/// <summary>What one disk and its chain refer to, exactly, in bytes of whole blocks. Immutable.</summary>
/// <param name="Id">The disk.</param>
/// <param name="Name">Its name.</param>
/// <param name="BlockSize">The size of its blocks.</param>
/// <param name="LogicalBytes">Its size; 0 for a deleted disk of which snapshots are left.</param>
/// <param name="ReferencedBytes">The blocks its head refers to.</param>
/// <param name="ExclusiveBytes">The blocks that only this head refers to, no snapshot and no other disk.</param>
/// <param name="SnapshotCount">The number of its snapshots.</param>
/// <param name="SnapshotLogicalBytes">The sizes of its snapshots together: what full copies would have.</param>
/// <param name="SnapshotBytes">The blocks its snapshots refer to, each counted once: the chain's capacity.</param>
/// <param name="SnapshotExclusiveBytes">The sum of what each snapshot alone refers to.</param>
/// <param name="KeptExclusiveBytes">The sum of what each deleted snapshot in the trash and each state before a rollback alone refers to.</param>
public sealed record DiskUsage(
    DiskId Id,
    string Name,
    BlockSize BlockSize,
    long LogicalBytes,
    long ReferencedBytes,
    long ExclusiveBytes,
    int SnapshotCount,
    long SnapshotLogicalBytes,
    long SnapshotBytes,
    long SnapshotExclusiveBytes,
    long KeptExclusiveBytes)
{
    /// <summary>The rest of what the head refers to: snapshots or other disks do so too.</summary>
    public long SharedBytes => ReferencedBytes - ExclusiveBytes;

    /// <summary>
    /// The bytes that the head's blocks take on the device: blocks are stored as they are, so <see cref="ReferencedBytes"/>. Map nodes are told
    /// for the pool only.
    /// </summary>
    public long PhysicalBytes => ReferencedBytes;

    /// <summary>The bytes that the blocks of its snapshots take on the device, each counted once: <see cref="SnapshotBytes"/>.</summary>
    public long SnapshotPhysicalBytes => SnapshotBytes;

    /// <summary>The number of blocks the head refers to.</summary>
    public long ReferencedBlocks => ReferencedBytes >> BlockSize.Log2;

    /// <summary>The number of blocks its snapshots refer to, each counted once.</summary>
    public long SnapshotBlocks => SnapshotBytes >> BlockSize.Log2;
}
