using System.Globalization;

namespace BlockSnap;

/// <summary>A snapshot cannot go, or its lock cannot be weakened, because it is locked.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class SnapshotLockedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name of the disk.</param>
    /// <param name="snapshotName">Name of the snapshot.</param>
    /// <param name="until">When the lock ends, as the clock stood when it was set.</param>
    public SnapshotLockedException(string diskName, string snapshotName, DateTimeOffset until)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"The snapshot '{diskName}@{snapshotName}' is locked until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC. ")
            + "Nothing frees it earlier; the lock can only be extended.")
    {
        DiskName = diskName;
        SnapshotName = snapshotName;
        Until = until;
    }

    /// <inheritdoc/>
    public override string Code => "snapshot-locked";

    /// <summary>Name of the disk.</summary>
    public string DiskName { get; }

    /// <summary>Name of the snapshot.</summary>
    public string SnapshotName { get; }

    /// <summary>When the lock ends, as the clock stood when it was set.</summary>
    public DateTimeOffset Until { get; }
}
