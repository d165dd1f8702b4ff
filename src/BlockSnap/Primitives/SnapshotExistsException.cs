namespace BlockSnap;

/// <summary>The disk already has a snapshot of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class SnapshotExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name of the disk.</param>
    /// <param name="snapshotName">Name of the snapshot.</param>
    public SnapshotExistsException(string diskName, string snapshotName)
        : base($"There already is a snapshot '{diskName}@{snapshotName}'. Choose another name, or delete that snapshot first.")
    {
        DiskName = diskName;
        SnapshotName = snapshotName;
    }

    /// <inheritdoc/>
    public override string Code => "snapshot-exists";

    /// <summary>Name of the disk.</summary>
    public string DiskName { get; }

    /// <summary>Name of the snapshot.</summary>
    public string SnapshotName { get; }
}
