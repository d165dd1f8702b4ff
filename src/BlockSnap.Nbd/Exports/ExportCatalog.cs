namespace BlockSnap.Nbd.Exports;

/// <summary>The names under which a pool's disks and snapshots are served, always those of the present. Thread-safe.</summary>
internal sealed class ExportCatalog(DiskPool pool, bool isReadOnly)
{
    private const char Separator = '@';

    /// <summary>Every disk and every snapshot, also those of deleted disks.</summary>
    public IEnumerable<string> List()
    {
        foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
        {
            if (!disk.IsReleased)
            {
                yield return disk.Name;
            }

            foreach (Snapshot snapshot in pool.OpenChain(disk.Id.ToString()).Snapshots)
            {
                yield return $"{disk.Name}{Separator}{snapshot.Name}";
            }
        }
    }

    /// <summary>Opens an export. The empty name is the only disk of a pool that has one.</summary>
    /// <returns>Null when there is no such export.</returns>
    public Export? Find(string name)
    {
        try
        {
            if (name.Length == 0)
            {
                return pool.ListDisks() is [var only] ? Head(name, only.Name) : null;
            }

            int at = name.IndexOf(Separator, StringComparison.Ordinal);
            return at < 0 ? Head(name, name) : new Export(pool, name, pool.OpenChain(name[..at]).Open(name[(at + 1)..]), isReadOnly: true);
        }
        catch (BlockSnapException e) when (e is DiskNotFoundException or SnapshotNotFoundException)
        {
            return null;
        }
    }

    private Export Head(string name, string diskName) => new(pool, name, pool.OpenDisk(diskName), isReadOnly);
}
