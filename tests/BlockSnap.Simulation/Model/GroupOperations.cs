namespace BlockSnap.Simulation;

/// <summary>The operations on groups. Each is one step: a crash leaves all of it or nothing.</summary>
internal static class GroupOperations
{
    private const string Token = "token of ";

    /// <summary>A group; of automatic ones each disk's oldest automatic snapshot may have to give way.</summary>
    public static CrashOperation Create(PoolModel model, string name, string[] disks, int form, SnapshotQuota quota, DateTimeOffset now)
    {
        SnapshotKind kind = form % 4 == 3 ? SnapshotKind.Automatic : SnapshotKind.Manual;
        int? days = form % 4 == 2 ? 2 : null;
        string? description = days is null ? null : "what for";
        var options = new SnapshotOptions { Kind = kind, RetentionDays = days, Description = description, ClientToken = Token + name };
        string text = $"group {name} of {string.Join(',', disks)}";
        if (model.IsSuspended)
        {
            return CrashOperation.Refused<PoolSuspendedException>(text, pool => pool.Groups.CreateAsync(name, disks, options));
        }

        if (disks.Any(disk => Room(model, disk) is null))
        {
            return CrashOperation.Refused<QuotaExceededException>(text, pool => pool.Groups.CreateAsync(name, disks, options));
        }

        return CrashOperation.OnPool(
            text,
            known =>
            {
                foreach (string disk in disks)
                {
                    known.Disk(disk).Delete(Room(known, disk)!);
                    known.Disk(disk).Snapshot(name, made => made with { Kind = kind, Description = description, Expires = days is null ? null : now.AddDays(days.Value) });
                }

                known.Groups[name] = new GroupModel([.. disks.Select(disk => (disk, name))], kind == SnapshotKind.Manual && days is null ? Token + name : null);
            },
            pool => pool.Groups.CreateAsync(name, disks, options));

        IReadOnlyList<string>? Room(PoolModel known, string disk) => known.MakeRoom(known.Disk(disk), kind == SnapshotKind.Automatic, quota, now);
    }

    /// <summary>The same call again gives the group of the first one and makes nothing.</summary>
    public static CrashOperation CreateAgain(string name, GroupModel group) => new($"group {name} again", [], true, async pool =>
    {
        Guid known = pool.Groups.Find(name)!.Id;
        if ((await pool.Groups.CreateAsync(name, [.. group.Members.Select(member => member.Disk)], new SnapshotOptions { ClientToken = group.Token })).Id != known)
        {
            throw new ViolationException($"group {name}: the same token gave another group");
        }
    });

    /// <summary>Back with all members or, where one cannot go, disk by disk or not at all.</summary>
    public static CrashOperation Rollback(PoolModel model, string name, bool perDisk, DateTimeOffset now) => Replace(
        $"rollback group {name}",
        model,
        name,
        perDisk,
        (disk, snapshot) => disk.Snapshots.Any(known => known.Name == snapshot && known.Kind != SnapshotKind.Copied),
        (disk, snapshot) => disk.Rollback(disk.Find(snapshot), now, group: name),
        (groups, each) => groups.RollbackAsync(name, each));

    public static CrashOperation Undo(PoolModel model, string name, bool perDisk, DateTimeOffset now) => Replace(
        $"undo group {name}",
        model,
        name,
        perDisk,
        (disk, _) => disk.UndoPoint?.Group == name,
        (disk, _) => disk.Undo(now, group: name),
        (groups, each) => groups.UndoRollbackAsync(name, each));

    /// <summary>Deletes what is left of a group, for good or into the trash.</summary>
    public static CrashOperation Delete(PoolModel model, string name, int graceDays, DateTimeOffset now)
    {
        var options = new SnapshotDeleteOptions { Force = true, TrashGrace = TimeSpan.FromDays(graceDays) };
        string text = $"delete group {name}{(graceDays == 0 ? "" : $", to be had back for {graceDays} days")}";
        (DiskModel Disk, SnapshotModel Snapshot)[] members = [.. Present(model, name)];
        return members.FirstOrDefault(member => !model.IsDeletable(member.Disk, member.Snapshot, now)) switch
        {
            { Snapshot: { } kept } when kept.IsLocked(now) => CrashOperation.Refused<SnapshotLockedException>(text, pool => pool.Groups.DeleteAsync(name, options)),
            { Snapshot: not null } => CrashOperation.Refused<SnapshotInUseException>(text, pool => pool.Groups.DeleteAsync(name, options)),
            _ => CrashOperation.OnPool(text, known => DeleteGroup(known, name, graceDays, now), pool => pool.Groups.DeleteAsync(name, options)),
        };
    }

    private static CrashOperation Replace(
        string text,
        PoolModel model,
        string name,
        bool perDisk,
        Func<DiskModel, string, bool> isPossible,
        Action<DiskModel, string> replace,
        Func<SnapshotGroups, bool, Task<IReadOnlyList<GroupRollbackResult>>> act)
    {
        bool[] expected = [.. model.Groups[name].Members.Select(member => Find(model, member) is not null)];
        if (!perDisk && expected.Contains(false))
        {
            return CrashOperation.Refused<ConflictException>(text, pool => act(pool.Groups, false));
        }

        return CrashOperation.OnPool(
            $"{text}{(perDisk ? " disk by disk" : "")}",
            known =>
            {
                foreach ((string Disk, string Snapshot) member in known.Groups[name].Members)
                {
                    if (Find(known, member) is { } disk)
                    {
                        replace(disk, member.Snapshot);
                    }
                }
            },
            async pool =>
            {
                IReadOnlyList<GroupRollbackResult> results = await act(pool.Groups, perDisk);
                if (!results.Select(result => result.Ok).SequenceEqual(expected))
                {
                    throw new ViolationException($"{text}: {string.Join(", ", results.Select(result => result.Problem ?? "done"))}");
                }
            });

        DiskModel? Find(PoolModel known, (string Disk, string Snapshot) member) =>
            known.LiveDisks.FirstOrDefault(disk => disk.Name == member.Disk && isPossible(disk, member.Snapshot));
    }

    private static void DeleteGroup(PoolModel model, string name, int graceDays, DateTimeOffset now)
    {
        foreach ((DiskModel disk, SnapshotModel snapshot) in Present(model, name).ToList())
        {
            if (graceDays > 0)
            {
                disk.MoveToTrash(snapshot.Name, now.AddDays(graceDays));
            }
            else
            {
                disk.Delete([snapshot.Name]);
            }
        }

        model.Groups.Remove(name);
        model.ForgetGone();
    }

    // The members that are there, of deleted disks too.
    private static IEnumerable<(DiskModel Disk, SnapshotModel Snapshot)> Present(PoolModel model, string name) =>
        from member in model.Groups[name].Members
        from disk in model.Disks.Where(disk => disk.Name == member.Disk)
        from snapshot in disk.Snapshots.Where(snapshot => snapshot.Name == member.Snapshot)
        select (disk, snapshot);
}
