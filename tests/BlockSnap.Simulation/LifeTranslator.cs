namespace BlockSnap.Simulation;

/// <summary>
/// Makes operations of the steps that concern more than blocks and plain snapshots: how snapshots are made and kept, groups, images, policies, the state
/// of the pool. What may not be done is tried, and must be refused. Simulation, crash tests and random histories share it.
/// </summary>
/// <param name="nextName">Makes a name of its beginning that was not used before.</param>
/// <param name="nextFill">Makes the seed of data that were not used before.</param>
internal sealed class LifeTranslator(Func<string, string> nextName, Func<long> nextFill)
{
    /// <summary>Disks that images are imported to are smaller.</summary>
    public const int ImportBytesMax = 1 << 20;

    private const int GroupsMax = 3;
    private const int ImagesMax = 2;
    private const long GroupMemberBytesMax = 8L << 40; // four of them are what a group may have
    private const int GroupMembersMax = 4;

    private static readonly SnapshotQuota[] s_quotas = [SnapshotQuota.Default, new(5), new(null, 4, 2), new(3), SnapshotQuota.Unlimited];

    public required int DisksMax { get; init; }

    public required int SnapshotsMax { get; init; }

    /// <summary>Policies at most, and disks with one, 0 for any number: of several disks a full device could refuse the one and not the next, which is no prefix of anything.</summary>
    public int PolicyDisksMax { get; init; }

    /// <summary>The quota with which the pool was opened, or null: then what it keeps holds.</summary>
    public SnapshotQuota? Quota { get; set; }

    /// <summary>The quota that holds.</summary>
    public SnapshotQuota QuotaOf(PoolModel model) => Quota ?? model.Quota;

    /// <summary>The operation, or null when there is nothing that the step could be done to.</summary>
    public CrashOperation? Translate(Step step, PoolModel model, DateTimeOffset now)
    {
        DiskModel? live = Pick(model.LiveDisks, step.Disk);
        DiskModel? any = Pick(model.Disks, step.Disk);
        SnapshotModel? snapshot = any is null ? null : Pick(any.Snapshots, step.Pick);
        CrashOperation? operation = step.Kind switch
        {
            StepKind.SpecialSnapshot when live is not null => OnSnapshots(step, model, live, now),
            StepKind.Hold when snapshot is not null => Hold(step, any!, snapshot),
            StepKind.Lock when snapshot is not null => step.Fill % 3 == 0
                ? SnapshotOperations.Unlock(any!.Name, snapshot, now)
                : SnapshotOperations.Lock(any!.Name, snapshot, 1 + (step.At % 3), TimeSpan.FromHours(step.Fill % 3 == 1 ? 0 : 24), now),
            StepKind.Retain when step.Fill % 4 == 0 && live?.UndoPoints.Count > 0 => SnapshotOperations.SetUndoRetention(live.Name, step.Pick % live.UndoPoints.Count, 1 + (step.At % 3), now),
            StepKind.Retain when snapshot is not null => SnapshotOperations.SetRetention(any!.Name, snapshot.Name, step.At % 4 == 0 ? null : step.At % 4, now),
            StepKind.Trash when snapshot is not null && model.IsDeletable(any!, snapshot, now) => SnapshotOperations.Trash(any!.Name, snapshot.Name, 1 + (step.At % 3), now),
            StepKind.Undelete when any is not null && Pick(any.Trash, step.Pick) is { } deleted => SnapshotOperations.Undelete(any.Name, deleted.Name, HasRoom(any, deleted, QuotaOf(model))),
            StepKind.DeleteKept => TryDeleteKept(step, model, now),
            StepKind.RollbackInUse when live is not null && Pick(live.Snapshots, step.Pick) is { } target => RollbackInUse(step, live, target, now),
            StepKind.Group => OnGroups(step, model, now),
            StepKind.RollbackGroup when Pick(LiveGroups(model), step.Pick) is { } group => RollbackGroup(step, model, group, now),
            StepKind.DeleteGroup when Pick(LiveGroups(model), step.Pick) is { } group => GroupOperations.Delete(model, group, step.At % 3, now),
            StepKind.Reinitialize when live is not null => SnapshotOperations.Reinitialize(model, live, now),
            StepKind.Synchronize when live is not null => Synchronize(step, model, live, now),
            StepKind.Image => OnImages(step, model, any, snapshot),
            StepKind.Import when live?.Head is { Size: > 0 and < ImportBytesMax } => Import(step, live),
            StepKind.Policy when live is not null => OnPolicies(step, model, live),
            StepKind.RunPolicies when model.WithPolicy().Any() && model.WithPolicy().All(disk => disk.Snapshots.Count < SnapshotsMax) =>
                PolicyOperations.Run(model, QuotaOf(model), now.AddHours(1)),
            StepKind.Suspend => model.IsSuspended ? PoolOperations.Resume() : step.Fill % 2 == 0 ? PoolOperations.Suspend() : null, // it lasts no longer than needed
            StepKind.Quota => PoolOperations.SetQuota(s_quotas[step.Pick % s_quotas.Length]),
            StepKind.Expire => PoolOperations.Expire(model, now.AddHours(step.At % 60)),
            StepKind.Purge => PoolOperations.Purge(now),
            StepKind.Scrub when live is not null && step.Fill % 3 == 0 => PoolOperations.Sparsify(live.Name),
            StepKind.Scrub => PoolOperations.Scrub(step.Pick),
            _ => null,
        };
        return operation?.At(now);
    }

    /// <summary>One of some things, by a number that counts modulo how many there are.</summary>
    public static T? Pick<T>(IEnumerable<T> items, int index)
        where T : class
    {
        T[] all = [.. items];
        return all.Length == 0 ? null : all[index % all.Length];
    }

    private static IEnumerable<string> LiveGroups(PoolModel model) => model.LiveGroups().Order(StringComparer.Ordinal);

    private CrashOperation? OnSnapshots(Step step, PoolModel model, DiskModel disk, DateTimeOffset now)
    {
        SnapshotModel? known = Pick(disk.Snapshots.Where(snapshot => snapshot.Token is not null), step.Pick);
        string fresh = nextName("s");
        if (model.IsSuspended)
        {
            return SnapshotOperations.CreateRefused<PoolSuspendedException>(disk.Name, fresh);
        }

        if (known is not null && step.Fill % 3 == 0)
        {
            return step.Pick % 3 == 0 ? SnapshotOperations.CreateWithUsedToken(disk.Name, fresh, known.Name) : SnapshotOperations.CreateAgain(disk.Name, known.Name);
        }

        if (model.MakeRoom(disk, isAutomatic: false, QuotaOf(model), now) is null)
        {
            return SnapshotOperations.CreateRefused<QuotaExceededException>(disk.Name, fresh);
        }

        return disk.Snapshots.Count >= SnapshotsMax ? null : (step.Fill % 16) switch
        {
            0 when disk.Snapshots.LastOrDefault(snapshot => snapshot.Kind == SnapshotKind.Manual) is { } taken => SnapshotOperations.CreateRefused<SnapshotExistsException>(disk.Name, taken.Name),
            1 => SnapshotOperations.CreateWithFailingHook(disk.Name, fresh),
            _ => SnapshotOperations.Create(disk.Name, fresh, step.Fill / 16, now),
        };
    }

    private static CrashOperation Hold(Step step, DiskModel disk, SnapshotModel snapshot)
    {
        const int HoldsMax = 2;
        return snapshot.Holds.Count > 0 && (step.Fill % 2 == 0 || snapshot.Holds.Count == HoldsMax)
            ? SnapshotOperations.Release(disk.Name, snapshot.Name, snapshot.Holds[step.Pick % snapshot.Holds.Count])
            : SnapshotOperations.Hold(disk.Name, snapshot.Name, $"hold{step.Fill % 3}");
    }

    private static CrashOperation? TryDeleteKept(Step step, PoolModel model, DateTimeOffset now)
    {
        (DiskModel Disk, SnapshotModel Snapshot)[] kept = [.. model.Disks.SelectMany(disk => disk.Snapshots.Where(snapshot => !model.IsFree(disk, snapshot, now)).Select(snapshot => (disk, snapshot)))];
        if (kept.Length == 0)
        {
            return null;
        }

        (DiskModel disk, SnapshotModel snapshot) = kept[step.Pick % kept.Length];
        bool force = !model.IsDeletable(disk, snapshot, now); // against clones force would help
        return snapshot.IsLocked(now)
            ? SnapshotOperations.DeleteRefused<SnapshotLockedException>(disk.Name, snapshot.Name, force)
            : SnapshotOperations.DeleteRefused<SnapshotInUseException>(disk.Name, snapshot.Name, force);
    }

    private static CrashOperation RollbackInUse(Step step, DiskModel disk, SnapshotModel target, DateTimeOffset now) =>
        target.Kind == SnapshotKind.Copied || step.Fill % 3 == 0
            ? SnapshotOperations.RollbackRefused(disk.Name, target.Name, inUse: target.Kind != SnapshotKind.Copied)
            : SnapshotOperations.RollbackInUse(disk.Name, target.Name, 1 + (step.At % 3), now);

    private CrashOperation? OnGroups(Step step, PoolModel model, DateTimeOffset now)
    {
        string? again = Pick(LiveGroups(model).Where(name => model.Groups[name].Token is not null), step.Pick);
        if (again is not null && step.Fill % 3 == 0 && !model.IsSuspended && model.Groups[again].Members.All(member => model.LiveDisks.Any(disk => disk.Name == member.Disk)))
        {
            return GroupOperations.CreateAgain(again, model.Groups[again]);
        }

        string[] members =
        [
            .. model.LiveDisks
                .Where((disk, at) => (step.Pick >> at) % 2 == 0 && disk.Snapshots.Count < SnapshotsMax && disk.Head.Size <= GroupMemberBytesMax)
                .Take(GroupMembersMax)
                .Select(disk => disk.Name),
        ];
        return members.Length == 0 || model.LiveGroups().Count() >= GroupsMax ? null : GroupOperations.Create(model, nextName("g"), members, step.Fill, QuotaOf(model), now);
    }

    private static CrashOperation RollbackGroup(Step step, PoolModel model, string group, DateTimeOffset now) => step.Fill % 3 == 0
        ? GroupOperations.Undo(model, group, perDisk: step.Fill % 2 == 0, now)
        : GroupOperations.Rollback(model, group, perDisk: step.Fill % 2 == 0, now);

    private CrashOperation? Synchronize(Step step, PoolModel model, DiskModel disk, DateTimeOffset now)
    {
        bool isPossible = !model.IsSuspended && disk.Snapshots.Count < SnapshotsMax && model.LiveDisks.Count() < DisksMax && model.MakeRoom(disk, isAutomatic: false, QuotaOf(model), now) is not null;
        return isPossible && Pick(disk.Snapshots.Where(snapshot => snapshot.Kind != SnapshotKind.Copied), step.Pick) is { } target
            ? SnapshotOperations.Synchronize(disk.Name, target.Name, nextName("s"), nextName("clone"), now)
            : null;
    }

    private CrashOperation? OnImages(Step step, PoolModel model, DiskModel? disk, SnapshotModel? snapshot)
    {
        string? image = Pick(model.Images.Keys.Order(StringComparer.Ordinal), step.Pick);
        switch (step.Fill % 4)
        {
            case 0 when image is not null:
                return PoolOperations.DeleteImage(image);
            case 1 when image is not null && model.LiveDisks.Count() + model.Images[image].Count <= DisksMax:
                return PoolOperations.CreateDisks(image, [.. model.Images[image].Select(_ => nextName("clone"))]);
            case 2 when disk is { IsReleased: false }:
                return PoolOperations.CreateTakenDisk(disk.Name);
            default:
                if (snapshot is null || model.Images.Count >= ImagesMax)
                {
                    return null;
                }

                IEnumerable<(string, string)> data = model.Disks.Where(other => other != disk && other.Snapshots.Count > 0).Take(step.At % 3).Select(other => (other.Name, other.Snapshots[^1].Name));
                return PoolOperations.CreateImage(nextName("i"), [(disk!.Name, snapshot.Name), .. data]);
        }
    }

    // Some blocks of what is there, some new ones, and a hole.
    private CrashOperation Import(Step step, DiskModel disk)
    {
        byte[] image = new byte[disk.Head.Size];
        disk.Head.Read(0, image);
        int at = step.At % image.Length;
        Pattern.Bytes(Math.Min(image.Length - at, 3 * disk.Head.BlockBytes), nextFill()).CopyTo(image, at);
        int zeros = step.Length % image.Length;
        image.AsSpan(zeros, Math.Min(image.Length - zeros, 2 * disk.Head.BlockBytes)).Clear();
        return Operations.Import(disk, image, onlyChanges: step.Fill % 3 > 0);
    }

    private CrashOperation OnPolicies(Step step, PoolModel model, DiskModel disk)
    {
        string[] policies = [.. model.Policies.Keys.Order(StringComparer.Ordinal)];
        DiskModel[] holders = [.. model.LiveDisks.Where(other => other.Policy is not null)];
        string[] some = [.. model.LiveDisks.Where((other, at) => other == disk || (step.Fill >> at) % 2 == 0).Take(PolicyDisksMax > 0 ? PolicyDisksMax : int.MaxValue).Select(other => other.Name)];
        return (step.Pick % 10) switch
        {
            _ when policies.Length == 0 => PolicyOperations.Create(nextName("p")),
            0 => PolicyOperations.Delete(policies[0]),
            1 or 2 when holders.Length > 0 => PolicyOperations.Cancel(holders[0].Name),
            3 => PolicyOperations.Pause(!disk.IsPaused, some),
            4 => PolicyOperations.DeleteSnapshotsWithDisk(!disk.DeletesSnapshots, some),
            5 => PolicyOperations.Change(policies[0], nextName("p"), new PolicyModel(step.Fill % 3 == 0 ? null : 1 + (step.Fill % 3), step.Fill % 7 == 0)),
            6 when policies.Length == 1 => PolicyOperations.Create(nextName("p")),
            _ => PolicyOperations.Apply(policies[^1], PolicyDisksMax > 0 && holders.Length >= PolicyDisksMax ? [holders[0].Name] : some),
        };
    }

    private static bool HasRoom(DiskModel disk, SnapshotModel deleted, SnapshotQuota quota)
    {
        int automatic = disk.Snapshots.Count(snapshot => snapshot.Kind == SnapshotKind.Automatic);
        int own = deleted.Kind == SnapshotKind.Automatic ? automatic : disk.Snapshots.Count - automatic;
        return (quota.Maximum is not { } all || disk.Snapshots.Count < all)
            && ((deleted.Kind == SnapshotKind.Automatic ? quota.AutomaticMaximum : quota.ManualMaximum) is not { } most || own < most);
    }
}
