namespace BlockSnap.Simulation;

/// <summary>The model of a pool: its disks, what they and their snapshots keep in use, and what else it knows. Not thread-safe.</summary>
internal sealed class PoolModel
{
    /// <summary>What the names of automatic snapshots begin with, and no others here.</summary>
    public const string AutomaticPrefix = "auto_";

    private readonly List<DiskModel> _disks = [];

    /// <summary>Released ones that still have snapshots included; in the order in which they were made.</summary>
    public IReadOnlyList<DiskModel> Disks => _disks;

    /// <summary>Groups by name; disks and snapshots have names that are given once.</summary>
    public Dictionary<string, GroupModel> Groups { get; } = [];

    /// <summary>Images by name: disk and snapshot of each member, the system first.</summary>
    public Dictionary<string, IReadOnlyList<(string Disk, string Snapshot)>> Images { get; } = [];

    /// <summary>Policies by name, each given once.</summary>
    public Dictionary<string, PolicyModel> Policies { get; } = [];

    /// <summary>Whether no snapshots are to be made.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>The quota that the pool keeps; whoever opens it may have another.</summary>
    public SnapshotQuota Quota { get; set; } = SnapshotQuota.Default;

    public IEnumerable<DiskModel> LiveDisks => _disks.Where(disk => !disk.IsReleased);

    /// <summary>Another model in the same state; states are shared where nothing changes them any more.</summary>
    public PoolModel Copy()
    {
        var copy = new PoolModel { IsSuspended = IsSuspended, Quota = Quota };
        Fill(copy.Groups, Groups);
        Fill(copy.Images, Images);
        Fill(copy.Policies, Policies);
        copy._disks.AddRange(_disks.Select(disk => disk.Copy()));
        return copy;

        static void Fill<T>(Dictionary<string, T> to, Dictionary<string, T> from)
        {
            foreach ((string name, T value) in from)
            {
                to.Add(name, value);
            }
        }
    }

    public DiskModel Disk(string name) => _disks.Single(disk => disk.Name == name);

    public SnapshotModel Snapshot(string disk, string name) => Disk(disk).Find(name);

    public void Add(DiskModel disk) => _disks.Add(disk);

    public void Forget(DiskModel disk) => _disks.Remove(disk);

    /// <summary>Forgets disks of which nothing is left.</summary>
    public void ForgetGone() => _disks.RemoveAll(disk => disk.IsGone);

    /// <summary>Live disks for which a policy makes snapshots.</summary>
    public IEnumerable<DiskModel> WithPolicy() => LiveDisks.Where(disk => disk is { IsPaused: false, Policy: not null } && Policies.ContainsKey(disk.Policy));

    /// <summary>Deletes a disk, its automatic snapshots too where that was asked for and nothing holds them; without snapshots nothing is left of it.</summary>
    public void Release(string name, DateTimeOffset now)
    {
        DiskModel disk = _disks.Single(known => known.Name == name && !known.IsReleased);
        if (disk.DeletesSnapshots)
        {
            disk.Delete([.. disk.Snapshots.Where(snapshot => snapshot.Kind == SnapshotKind.Automatic && IsFree(disk, snapshot, now)).Select(snapshot => snapshot.Name)]);
        }

        disk.Release();
        ForgetGone();
    }

    /// <summary>Whether nothing but disks made from it keeps a snapshot from being deleted.</summary>
    public bool IsDeletable(DiskModel disk, SnapshotModel snapshot, DateTimeOffset now) =>
        !snapshot.IsLocked(now) && snapshot.Holds.Count == 0 && !Images.Values.Any(image => image.Contains((disk.Name, snapshot.Name)));

    /// <summary>Whether nothing at all does, so that it may go by itself.</summary>
    public bool IsFree(DiskModel disk, SnapshotModel snapshot, DateTimeOffset now) => IsDeletable(disk, snapshot, now) && !ClonesOf([snapshot]).Any();

    /// <summary>
    /// R10, R11: what must go so that a disk may have one more snapshot, oldest first; null when it may not. The quota is a limit of all, of
    /// manual ones, of automatic ones.
    /// </summary>
    public IReadOnlyList<string>? MakeRoom(DiskModel disk, bool isAutomatic, SnapshotQuota quota, DateTimeOffset now)
    {
        int automatic = disk.Snapshots.Count(snapshot => snapshot.Kind == SnapshotKind.Automatic);
        int manual = disk.Snapshots.Count - automatic;
        var free = new Queue<SnapshotModel>(disk.Snapshots.Where(snapshot => snapshot.Kind == SnapshotKind.Automatic && IsFree(disk, snapshot, now)));
        var gone = new List<string>();
        while (!((quota.Maximum is not { } all || manual + automatic < all) && ((isAutomatic ? quota.AutomaticMaximum : quota.ManualMaximum) is not { } own || (isAutomatic ? automatic : manual) < own)))
        {
            if (!isAutomatic || !free.TryDequeue(out SnapshotModel? oldest))
            {
                return null;
            }

            gone.Add(oldest.Name);
            automatic--;
        }

        return gone;
    }

    /// <summary>The groups of which anything is left, the trash counted.</summary>
    public IEnumerable<string> LiveGroups() => Groups.Where(group => group.Value.Members.Any(IsThere)).Select(group => group.Key);

    private bool IsThere((string Disk, string Snapshot) member) =>
        _disks.Any(disk => disk.Name == member.Disk && disk.Snapshots.Concat(disk.Trash).Any(snapshot => snapshot.Name == member.Snapshot));

    public IEnumerable<string> ClonesOf(IReadOnlyCollection<SnapshotModel> snapshots)
        => LiveDisks.Where(disk => disk.Origin is not null && snapshots.Any(disk.Origin.Is)).Select(disk => disk.Name);

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
