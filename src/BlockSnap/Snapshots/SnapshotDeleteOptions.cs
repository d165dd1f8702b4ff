namespace BlockSnap;

/// <summary>How snapshots are deleted. Immutable.</summary>
public sealed class SnapshotDeleteOptions
{
    /// <summary>Also delete snapshots that live disks were made from; those disks go on working. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Pass over names that no snapshot has, instead of refusing. Default false.</summary>
    public bool IgnoreUnknown { get; init; }

    /// <summary>Only say what would be deleted, and refuse what the deletion would refuse; nothing changes. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// How long the snapshots can be had back, up to <see cref="DiskPoolOptions.TrashDaysMax"/> days; zero deletes them at once. Null (the default)
    /// for the pool's <see cref="DiskPoolOptions.TrashGrace"/>.
    /// </summary>
    public TimeSpan? TrashGrace { get; init; }
}
