using BlockSnap.Disks;

namespace BlockSnap.Snapshots;

/// <summary>A disk and its chain in memory. Guarded by the gate.</summary>
internal sealed class ChainState(DiskVolume volume, uint family)
{
    public DiskVolume Volume { get; } = volume;

    /// <summary>The disk from which this one descends by cloning, itself when by none: only within a family are blocks shared.</summary>
    public uint Family { get; } = family;

    /// <summary>The snapshot that the disk was made from.</summary>
    public SnapshotId? Origin { get; init; }

    /// <summary>Oldest first.</summary>
    public List<SnapshotState> Snapshots { get; } = [];

    /// <summary>What the last rollback replaced.</summary>
    public SnapshotState? Undo { get; set; }

    public SnapshotState? Find(string name)
    {
        foreach (SnapshotState snapshot in Snapshots)
        {
            if (snapshot.Facts.Name == name)
            {
                return snapshot;
            }
        }

        return Undo?.Facts.Name == name ? Undo : null;
    }

    public SnapshotState? Find(SnapshotId id) =>
        Undo?.Facts.Id == id ? Undo : Snapshots.Find(snapshot => snapshot.Facts.Id == id);
}
