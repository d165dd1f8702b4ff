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

    /// <summary>Deleted snapshots whose grace period lasts, oldest first.</summary>
    public List<SnapshotState> Trash { get; } = [];

    /// <summary>What the last rollback replaced.</summary>
    public SnapshotState? Undo { get; set; }

    /// <summary>The change that is under way, when one takes longer than a step.</summary>
    public ChainChange? Change { get; set; }

    /// <summary>Who said to be using the disk.</summary>
    public List<DiskAttachment> Attachments { get; } = [];

    /// <summary>The due time of a policy that failed and could not be written down. In memory only.</summary>
    public DateTimeOffset FailedDue { get; set; }

    /// <summary>The due time of which it was told last that it made no snapshot. In memory only.</summary>
    public DateTimeOffset ToldDue { get; set; }

    /// <summary>Whether the disk differs from its last snapshot, or has none.</summary>
    public bool HasChanges => Snapshots.Count == 0 || Snapshots[^1].Root != Volume.Root || Snapshots[^1].Facts.Size != Volume.Size;

    /// <summary>Everything that holds a map of this disk, but its head.</summary>
    public IEnumerable<SnapshotState> States => Undo is null ? Snapshots.Concat(Trash) : Snapshots.Concat(Trash).Append(Undo);

    /// <summary>A snapshot or the undo point.</summary>
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

    /// <summary>A snapshot or the undo point.</summary>
    public SnapshotState? Find(SnapshotId id) =>
        Undo?.Facts.Id == id ? Undo : Snapshots.Find(snapshot => snapshot.Facts.Id == id);
}
