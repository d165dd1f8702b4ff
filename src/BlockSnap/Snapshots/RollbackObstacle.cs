namespace BlockSnap;

/// <summary>Why a disk cannot be rolled back at present.</summary>
public enum RollbackObstacle
{
    /// <summary>The disk has been deleted.</summary>
    DiskReleased,

    /// <summary>There is no such snapshot.</summary>
    SnapshotUnknown,

    /// <summary>It is the snapshot of another disk.</summary>
    SnapshotOfAnotherDisk,

    /// <summary>It was copied from another pool: it can make disks, not roll one back.</summary>
    SnapshotIsCopy,

    /// <summary>It is not accomplished.</summary>
    SnapshotNotAccomplished,

    /// <summary>Another change of the chain is under way.</summary>
    ChangeInProgress,

    /// <summary>Somebody uses the disk: see <see cref="DiskPool.Attach(string, string)"/>.</summary>
    DiskInUse,
}
