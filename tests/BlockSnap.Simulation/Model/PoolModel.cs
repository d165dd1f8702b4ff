namespace BlockSnap.Simulation;

/// <summary>The model of a pool: its disks, and what they and their snapshots keep in use. Not thread-safe.</summary>
internal sealed class PoolModel
{
    private readonly List<DiskModel> _disks = [];

    /// <summary>Released ones that still have snapshots included.</summary>
    public IReadOnlyList<DiskModel> Disks => _disks;

    public IEnumerable<DiskModel> LiveDisks => _disks.Where(disk => !disk.IsReleased);

    public void Add(DiskModel disk) => _disks.Add(disk);

    public void Forget(DiskModel disk) => _disks.Remove(disk);

    public IEnumerable<string> ClonesOf(IReadOnlyCollection<SnapshotModel> snapshots)
        => LiveDisks.Where(disk => disk.Origin is not null && snapshots.Contains(disk.Origin)).Select(disk => disk.Name);

    /// <summary>Blocks of a snapshot that no earlier one of its chain has.</summary>
    public static ByteBounds Stored(DiskModel disk, SnapshotModel snapshot)
    {
        var earlier = new HashSet<object>(
            disk.Snapshots.TakeWhile(other => other != snapshot).SelectMany(other => other.State.Blocks.Values),
            ReferenceEqualityComparer.Instance);
        return ByteBounds.Of(snapshot.State.Blocks.Values.Where(block => !earlier.Contains(block)));
    }

    /// <summary>Blocks that only these states refer to: what their going frees.</summary>
    public ByteBounds Exclusive(IReadOnlyCollection<DiskState> states)
    {
        var others = new HashSet<object>(
            _disks.SelectMany(disk => disk.States).Where(state => !states.Contains(state)).SelectMany(state => state.Blocks.Values),
            ReferenceEqualityComparer.Instance);
        return ByteBounds.Of(states.SelectMany(state => state.Blocks.Values).Where(block => !others.Contains(block)));
    }
}
