namespace BlockSnap.Cli;

/// <summary>Finds in a pool what a command line names.</summary>
internal static class PoolLookup
{
    /// <summary>Opens a disk by its id or its name.</summary>
    public static IDisk OpenDisk(this DiskPool pool, DiskPath path) =>
        DiskId.TryParse(path.Disk, out DiskId id) && pool.ListDisks().Any(disk => disk.Id == id) ? pool.OpenDisk(id) : pool.OpenDisk(path.Disk);

    /// <summary>Opens the chain of a disk, also of one that is deleted and has snapshots left.</summary>
    public static ISnapshotChain OpenChain(this DiskPool pool, DiskPath path) => pool.OpenChain(path.Disk);

    /// <summary>Opens a disk's head or a snapshot's view.</summary>
    public static IDisk OpenView(this DiskPool pool, DiskPath path) =>
        path.Snapshot is null ? pool.OpenDisk(path) : pool.OpenChain(path).Open(path.Snapshot);
}
