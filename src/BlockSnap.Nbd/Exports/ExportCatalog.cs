namespace BlockSnap.Nbd.Exports;

/// <summary>The names under which a pool's disks and snapshots are served, looked up anew at each call. Thread-safe.</summary>
internal sealed class ExportCatalog(DiskPool pool, bool isReadOnly)
{
    private const char Separator = '@';

    /// <summary>
    /// Every disk and every snapshot, those of deleted disks too. A deleted disk whose name was given to another one is named by its id.
    /// </summary>
    public IEnumerable<string> List()
    {
        foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
        {
            if (!disk.IsReleased)
            {
                yield return disk.Name;
            }

            string id = disk.Id.ToString();
            string name = FindChain(disk.Name)?.Id == disk.Id ? disk.Name : id;
            foreach (Snapshot snapshot in FindChain(id)?.Snapshots ?? [])
            {
                yield return $"{name}{Separator}{snapshot.Name}";
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

    // Null when the disk and all its snapshots have been deleted meanwhile.
    private ISnapshotChain? FindChain(string diskNameOrId)
    {
        try
        {
            return pool.OpenChain(diskNameOrId);
        }
        catch (DiskNotFoundException)
        {
            return null;
        }
    }

    private Export Head(string name, string diskName)
    {
        IDisk disk = pool.OpenDisk(diskName);
        return new Export(pool, name, disk, isReadOnly || !disk.Capabilities.HasFlag(DiskCapabilities.Write));
    }
}
