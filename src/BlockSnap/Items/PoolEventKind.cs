namespace BlockSnap;

/// <summary>What an event tells of.</summary>
public enum PoolEventKind
{
    /// <summary>A snapshot was made, by hand, by a policy or in a group.</summary>
    SnapshotCreated = 0,

    /// <summary>A snapshot was deleted, at once or into the trash.</summary>
    SnapshotDeleted = 1,

    /// <summary>A snapshot, or the state before a rollback, had outlived its retention and was deleted.</summary>
    SnapshotExpired = 2,

    /// <summary>An automatic snapshot gave way to a newer one, because the disk was at its quota.</summary>
    SnapshotEvicted = 3,

    /// <summary>A deleted snapshot is gone out of the trash.</summary>
    SnapshotPurged = 4,

    /// <summary>A deleted snapshot is back out of the trash.</summary>
    SnapshotUndeleted = 5,

    /// <summary>A disk went back to a snapshot.</summary>
    DiskRolledBack = 6,

    /// <summary>A disk went back to its state before a rollback.</summary>
    RollbackUndone = 7,

    /// <summary>A disk became empty again, or what it was made from.</summary>
    DiskReinitialized = 8,

    /// <summary>A policy was due and made no snapshot: skipped or failed. Where it made one, that is a <see cref="SnapshotCreated"/>.</summary>
    PolicyRun = 9,

    /// <summary>A check or a scrub found damage.</summary>
    DamageFound = 10,
}
