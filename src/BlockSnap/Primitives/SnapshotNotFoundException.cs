namespace BlockSnap;

/// <summary>The disk has no snapshot of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class SnapshotNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name of the disk, empty when it was looked for in all.</param>
    /// <param name="snapshotName">Name of the snapshot.</param>
    public SnapshotNotFoundException(string diskName, string snapshotName)
        : base($"There is no snapshot '{FullName(diskName, snapshotName)}'. List the snapshots of the disk to see their names.")
    {
        DiskName = diskName;
        SnapshotName = snapshotName;
    }

    /// <inheritdoc/>
    public override string Code => "snapshot-not-found";

    /// <summary>Name of the disk.</summary>
    public string DiskName { get; }

    /// <summary>Name of the snapshot.</summary>
    public string SnapshotName { get; }

    private static string FullName(string diskName, string snapshotName) =>
        diskName.Length == 0 ? snapshotName : $"{diskName}@{snapshotName}";
}
