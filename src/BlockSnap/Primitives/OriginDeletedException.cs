namespace BlockSnap;

/// <summary>A disk cannot return to the snapshot it was made from, because that has been deleted.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class OriginDeletedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">The disk.</param>
    /// <param name="snapshotId">What it was made from.</param>
    public OriginDeletedException(string diskName, SnapshotId snapshotId)
        : base(
            $"The disk '{diskName}' was made from the snapshot {snapshotId}, which has been deleted: it cannot be re-initialised. "
            + "Roll it back to a snapshot of its own instead.")
    {
        DiskName = diskName;
        SnapshotId = snapshotId;
    }

    /// <inheritdoc/>
    public override string Code => "origin-deleted";

    /// <summary>The disk.</summary>
    public string DiskName { get; }

    /// <summary>What it was made from.</summary>
    public SnapshotId SnapshotId { get; }
}
