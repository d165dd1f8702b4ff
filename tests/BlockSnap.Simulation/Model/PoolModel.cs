namespace BlockSnap.Simulation;

/// <summary>The model of a pool: its disks, and what they and their snapshots keep in use. Not thread-safe.</summary>
internal sealed class PoolModel
{
    /// <summary>What the names of automatic snapshots begin with, and no others here.</summary>
    public const string AutomaticPrefix = "auto_";

    private readonly List<DiskModel> _disks = [];

    /// <summary>Released ones that still have snapshots included.</summary>
    public IReadOnlyList<DiskModel> Disks => _disks;

    /// <summary>Groups by name: disk and snapshot of each member, both of which have names that are given once.</summary>
    public Dictionary<string, IReadOnlyList<(string Disk, string Snapshot)>> Groups { get; } = [];

    /// <summary>Images by name, as groups.</summary>
    public Dictionary<string, IReadOnlyList<(string Disk, string Snapshot)>> Images { get; } = [];

    /// <summary>Policies by name, each given once.</summary>
    public HashSet<string> Policies { get; } = [];

    /// <summary>Whether no snapshots are to be made.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>The quota of manual snapshots that the pool keeps, whatever an option says; null for the default.</summary>
    public int? ManualQuota { get; set; }

    public IEnumerable<DiskModel> LiveDisks => _disks.Where(disk => !disk.IsReleased);

    /// <summary>Another model in the same state; states are shared where nothing changes them any more.</summary>
    public PoolModel Copy()
    {
        var copy = new PoolModel { IsSuspended = IsSuspended, ManualQuota = ManualQuota };
        foreach ((string name, IReadOnlyList<(string, string)> members) in Groups)
        {
            copy.Groups.Add(name, members);
        }

        foreach ((string name, IReadOnlyList<(string, string)> members) in Images)
        {
            copy.Images.Add(name, members);
        }

        copy.Policies.UnionWith(Policies);
        copy._disks.AddRange(_disks.Select(disk => disk.Copy()));
        return copy;
    }

    public void Add(DiskModel disk) => _disks.Add(disk);

    public void Forget(DiskModel disk) => _disks.Remove(disk);

    /// <summary>Live disks for which a policy makes snapshots.</summary>
    public IEnumerable<DiskModel> WithPolicy() => LiveDisks.Where(disk => disk is { IsPaused: false, Policy: not null } && Policies.Contains(disk.Policy));

    /// <summary>Deletes a disk, its automatic snapshots too where that was asked for and nothing holds them; without snapshots nothing is left of it.</summary>
    public void Release(string name)
    {
        DiskModel disk = _disks.Single(known => known.Name == name && !known.IsReleased);
        if (disk.DeletesSnapshots)
        {
            disk.Delete([.. disk.Snapshots
                .Where(snapshot => snapshot.Name.StartsWith(AutomaticPrefix, StringComparison.Ordinal) && IsDeletable(disk, snapshot) && !ClonesOf([snapshot]).Any())
                .Select(snapshot => snapshot.Name)]);
        }

        disk.Release();
        if (disk.Snapshots.Count + disk.Trash.Count == 0)
        {
            Forget(disk);
        }
    }

    /// <summary>Whether nothing but disks made from it keeps a snapshot from being deleted.</summary>
    public bool IsDeletable(DiskModel disk, SnapshotModel snapshot) =>
        !snapshot.IsLocked && snapshot.Holds.Count == 0 && !Images.Values.Any(image => image.Contains((disk.Name, snapshot.Name)));

    /// <summary>The groups of which anything is left, the trash counted.</summary>
    public IEnumerable<string> LiveGroups() => Groups.Where(group => group.Value.Any(IsThere)).Select(group => group.Key);

    private bool IsThere((string Disk, string Snapshot) member) =>
        _disks.Any(disk => disk.Name == member.Disk && disk.Snapshots.Concat(disk.Trash).Any(snapshot => snapshot.Name == member.Snapshot));

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
