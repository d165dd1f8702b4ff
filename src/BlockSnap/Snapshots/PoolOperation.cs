namespace BlockSnap.Snapshots;

/// <summary>
/// A change of disks or snapshots as the log knows it: everything that the change depends on, so that doing it and replaying it are the
/// same thing.
/// </summary>
internal abstract record PoolOperation
{
    /// <summary>A new disk, empty or made from a snapshot.</summary>
    public sealed record CreateDisk(uint Number, DiskId Id, string Name, long Size, BlockSize BlockSize, uint OriginDisk, SnapshotId? Origin) : PoolOperation;

    /// <summary>A disk goes; its snapshots stay.</summary>
    public sealed record DeleteDisk(uint Number) : PoolOperation;

    public sealed record ResizeDisk(uint Number, long Size) : PoolOperation;

    public sealed record CreateSnapshot(uint Number, Snapshot Facts) : PoolOperation;

    public sealed record DeleteSnapshots(uint Number, IReadOnlyList<SnapshotId> Ids) : PoolOperation;

    /// <summary>The head goes back to a snapshot or to the undo point; what was there becomes the undo point.</summary>
    public sealed record Rollback(uint Number, SnapshotId Target, Snapshot Undo) : PoolOperation;
}
