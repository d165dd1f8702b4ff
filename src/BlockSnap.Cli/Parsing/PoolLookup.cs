namespace BlockSnap.Cli;

/// <summary>Finds what a command line names in a pool.</summary>
internal static class PoolLookup
{
    /// <summary>Opens a disk by its id or its name.</summary>
    public static IDisk OpenDisk(this DiskPool pool, DiskPath path) =>
        DiskId.TryParse(path.Disk, out DiskId id) && pool.ListDisks().Any(disk => disk.Id == id) ? pool.OpenDisk(id) : pool.OpenDisk(path.Disk);

    /// <summary>Opens the chain of a disk, also that of a deleted disk whose snapshots are left.</summary>
    public static ISnapshotChain OpenChain(this DiskPool pool, DiskPath path) => pool.OpenChain(path.Disk);

    /// <summary>Opens a disk's head or a snapshot's view.</summary>
    public static IDisk OpenView(this DiskPool pool, DiskPath path) =>
        path.Snapshot is null ? pool.OpenDisk(path) : pool.OpenChain(path).Open(path.Snapshot);

    /// <summary>A snapshot as DISK@SNAPSHOT, or null when it is gone.</summary>
    public static string? NameOf(this DiskPool pool, SnapshotId id) =>
        pool.FindSnapshot(id) is { } snapshot ? $"{pool.OpenChain(snapshot.DiskId.ToString()).DiskName}@{snapshot.Name}" : null;

    /// <summary>The names of all disks, also of deleted ones whose snapshots are left.</summary>
    public static IReadOnlyDictionary<DiskId, string> DiskNames(this DiskPool pool) =>
        pool.ListDisks(includeReleased: true).ToDictionary(disk => disk.Id, disk => disk.Name);

    /// <summary>Finds a snapshot by its name.</summary>
    public static Snapshot FindSnapshot(this DiskPool pool, DiskPath path)
    {
        ISnapshotChain chain = pool.OpenChain(path);
        return chain.Find(path.Snapshot!) ?? throw new SnapshotNotFoundException(chain.DiskName, path.Snapshot!);
    }
}
