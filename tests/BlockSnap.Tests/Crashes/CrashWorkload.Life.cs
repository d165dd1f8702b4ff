namespace BlockSnap.Tests.Crashes;

/// <summary>The operations on groups, images, policies, holds, locks, the trash and the pool's state. Each is one step: a crash leaves all of it or nothing.</summary>
internal sealed partial class CrashWorkload
{
    private const int GroupsMax = 3;
    private const int ImagesMax = 2;
    private const int PoliciesMax = 2;

    // More than there ever are: what a quota refuses is another test's.
    private const int QuotaMin = 100;

    private int _runs;

    // Null where the one that was drawn is not possible just now.
    private CrashOperation? NextLife(PoolModel model, DiskModel disk)
    {
        SnapshotModel? snapshot = disk.Snapshots.Count == 0 ? null : disk.Snapshots[_random.Next(disk.Snapshots.Count)];
        string[] groups = [.. model.LiveGroups().Order(StringComparer.Ordinal)];
        string? group = groups.Length == 0 ? null : groups[_random.Next(groups.Length)];
        switch (_random.Next(hasPolicies ? 18 : 14))
        {
            case 0 or 1 when groups.Length < GroupsMax && !model.IsSuspended:
                return CreateGroup(model);
            case 2 when group is not null && Members(model, group).All(member => member is not null):
                return OnPool($"rollback group {group}", m => EachMember(m, group, (d, s) => d.Rollback(s, group)), pool => pool.Groups.RollbackAsync(group));
            case 3 when group is not null && model.Groups[group].All(member => model.LiveDisks.Any(d => d.Name == member.Disk && d.UndoPoint is not null && d.UndoGroup == group)):
                return OnPool($"undo group {group}", m => EachDisk(m, group, d => d.Undo(group)), pool => pool.Groups.UndoRollbackAsync(group));
            case 4 when group is not null && IsDeletable(model, group):
                return OnPool($"delete group {group}", m => DeleteGroup(m, group), pool => pool.Groups.DeleteAsync(group, new SnapshotDeleteOptions { Force = true }));
            case 5 when snapshot is not null:
                return OnChain($"hold {disk.Name}@{snapshot.Name}", disk, m => Mark(m, disk, snapshot, s => s with { Holds = ["test"] }), chain => chain.HoldAsync(snapshot.Name, "test"));
            case 6 or 7 when snapshot is { Holds.Count: > 0 }:
                return OnChain($"release {disk.Name}@{snapshot.Name}", disk, m => Mark(m, disk, snapshot, s => s with { Holds = [] }), chain => chain.ReleaseHoldAsync(snapshot.Name, "test"));
            case 8 when snapshot is not null:
                return snapshot.IsLocked
                    ? OnChain($"unlock {disk.Name}@{snapshot.Name}", disk, m => Mark(m, disk, snapshot, s => s with { IsLocked = false }), chain => chain.UnlockAsync(snapshot.Name))
                    : OnChain($"lock {disk.Name}@{snapshot.Name}", disk, m => Mark(m, disk, snapshot, s => s with { IsLocked = true }), chain => chain.LockAsync(snapshot.Name, 1, TimeSpan.FromHours(72)));
            case 9 when snapshot is not null && model.IsDeletable(disk, snapshot):
                return OnChain(
                    $"trash {disk.Name}@{snapshot.Name}",
                    disk,
                    m => Disk(m, disk.Name).MoveToTrash(snapshot.Name),
                    chain => chain.DeleteAsync([snapshot.Name], new SnapshotDeleteOptions { Force = true, TrashGrace = TimeSpan.FromDays(1) }));
            case 10 when disk.Trash.Count > 0:
                string back = disk.Trash[_random.Next(disk.Trash.Count)].Name;
                return OnChain($"undelete {disk.Name}@{back}", disk, m => Disk(m, disk.Name).Undelete(back), chain => chain.UndeleteAsync(back));
            case 11:
                return ChangeImages(model, disk, snapshot);
            case 12 when disk.Origin is null:
                return OnChain($"reinitialize {disk.Name}", disk, m => Disk(m, disk.Name).Reinitialize(), chain => chain.ReinitializeAsync());
            case 12 when snapshot is not null && !model.IsSuspended && disk.Snapshots.Count < SnapshotsMax && model.LiveDisks.Count() < DisksMax:
                return Synchronize(disk, snapshot);
            case 13 when _random.Next(2) == 0:
                int? quota = _random.Next(3) == 0 ? null : QuotaMin + _random.Next(3);
                return OnPool($"quota {quota}", m => m.ManualQuota = quota, pool => pool.SetQuotaAsync(quota is null ? SnapshotQuota.Default : new SnapshotQuota(null, quota, quota)));
            case 13:
                return model.IsSuspended
                    ? OnPool("resume", m => m.IsSuspended = false, pool => pool.ResumeAsync())
                    : OnPool("suspend", m => m.IsSuspended = true, pool => pool.SuspendAsync("test"));
            case 14 or 15:
                return ChangePolicies(model, disk);
            case 16 or 17 when !model.IsSuspended && model.WithPolicy().Any() && model.WithPolicy().All(d => d.Snapshots.Count < SnapshotsMax):
                return PolicyOperations.Run(model, ++_runs);
            default:
                return null;
        }
    }

    private CrashOperation? CreateGroup(PoolModel model)
    {
        string name = $"g{++_names}";
        string[] disks = [.. model.LiveDisks.Where(d => d.Name != "ballast" && d.Snapshots.Count < SnapshotsMax && _random.Next(2) == 0).Select(d => d.Name)];
        return disks.Length == 0 ? null : OnPool(
            $"group {name} of {string.Join(',', disks)}",
            m =>
            {
                m.Groups[name] = [.. disks.Select(d => (d, name))];
                Array.ForEach(disks, d => Disk(m, d).Snapshot(name));
            },
            pool => pool.Groups.CreateAsync(name, disks));
    }

    private CrashOperation ChangePolicies(PoolModel model, DiskModel disk)
    {
        string[] policies = [.. model.Policies.Order(StringComparer.Ordinal)];
        string[] some = [.. model.LiveDisks.Where(d => d.Name != "ballast" && (d == disk || _random.Next(2) == 0)).Select(d => d.Name)];
        return _random.Next(8) switch
        {
            _ when policies.Length == 0 => PolicyOperations.Create($"p{++_names}"),
            0 when policies.Length < PoliciesMax => PolicyOperations.Create($"p{++_names}"),
            0 => PolicyOperations.Delete(policies[0]),
            1 => PolicyOperations.Cancel(some),
            2 => PolicyOperations.Pause(_random.Next(3) == 0, some),
            3 => PolicyOperations.DeleteSnapshotsWithDisk(_random.Next(2) == 0, some),
            _ => PolicyOperations.Apply(policies[^1], some),
        };
    }

    private CrashOperation? ChangeImages(PoolModel model, DiskModel disk, SnapshotModel? snapshot)
    {
        if (model.Images.Count >= ImagesMax || (model.Images.Count > 0 && _random.Next(2) == 0))
        {
            string gone = model.Images.Keys.Order(StringComparer.Ordinal).First();
            return OnPool($"delete image {gone}", m => m.Images.Remove(gone), pool => pool.Images.DeleteAsync(gone));
        }

        if (snapshot is null)
        {
            return null;
        }

        string name = $"i{++_names}";
        return OnPool(
            $"image {name} of {disk.Name}@{snapshot.Name}",
            m => m.Images[name] = [(disk.Name, snapshot.Name)],
            pool => pool.Images.CreateAsync(name, pool.OpenChain(disk.Name).Find(snapshot.Name)!.Id));
    }

    private CrashOperation Synchronize(DiskModel disk, SnapshotModel snapshot)
    {
        string present = $"s{++_names}";
        string copy = $"clone{++_names}";
        return OnChain(
            $"synchronize {disk.Name}@{snapshot.Name} {present} {copy}",
            disk,
            m =>
            {
                DiskModel changed = Disk(m, disk.Name);
                changed.Snapshot(present);
                changed.Rollback(changed.Find(snapshot.Name));
                m.Add(changed.Clone(changed.Find(present), copy, changed.Find(present).State.Size));
            },
            chain => chain.SynchronizeFromAsync(snapshot.Name, present, copy));
    }

    private static CrashOperation OnPool(string text, Action<PoolModel> step, Func<DiskPool, Task> act) => new(text, [step], true, act);

    private static void Mark(PoolModel model, DiskModel disk, SnapshotModel snapshot, Func<SnapshotModel, SnapshotModel> change) =>
        Disk(model, disk.Name).Change(snapshot.Name, change);

    private static void DeleteGroup(PoolModel model, string group)
    {
        foreach ((string disk, string snapshot) in model.Groups[group])
        {
            if (model.Disks.FirstOrDefault(d => d.Name == disk) is not { } chain)
            {
                continue;
            }

            chain.Delete([snapshot]);
            if (chain.IsReleased && chain.Snapshots.Count + chain.Trash.Count == 0)
            {
                model.Forget(chain);
            }
        }

        model.Groups.Remove(group);
    }

    private static bool IsDeletable(PoolModel model, string group) => model.Groups[group].All(member =>
        model.Disks.FirstOrDefault(disk => disk.Name == member.Disk) is not { } disk
        || disk.Snapshots.FirstOrDefault(snapshot => snapshot.Name == member.Snapshot) is not { } snapshot
        || model.IsDeletable(disk, snapshot));

    // The members of a group that are there, null for one that cannot be rolled back.
    private static IEnumerable<(DiskModel Disk, SnapshotModel Snapshot)?> Members(PoolModel model, string group)
    {
        foreach ((string name, string snapshot) in model.Groups[group])
        {
            DiskModel? disk = model.LiveDisks.FirstOrDefault(d => d.Name == name);
            yield return disk?.Snapshots.FirstOrDefault(s => s.Name == snapshot) is { } found ? (disk, found) : null;
        }
    }

    private static void EachMember(PoolModel model, string group, Action<DiskModel, SnapshotModel> act)
    {
        foreach ((DiskModel disk, SnapshotModel snapshot) in Members(model, group).OfType<(DiskModel, SnapshotModel)>().ToList())
        {
            act(disk, snapshot);
        }
    }

    private static void EachDisk(PoolModel model, string group, Action<DiskModel> act)
    {
        foreach ((string disk, _) in model.Groups[group])
        {
            act(Disk(model, disk));
        }
    }
}
