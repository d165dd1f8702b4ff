namespace BlockSnap.Simulation;

/// <summary>The operations on single snapshots that do more than make and delete them: how they are made, what keeps them, the trash, ways back.</summary>
internal static class SnapshotOperations
{
    private const string TagKey = "purpose";

    // What a token was used with, always the same.
    private const string TokenDescription = "made once";

    /// <summary>A snapshot of which more is said than a name.</summary>
    public static CrashOperation Create(string disk, string name, int form, DateTimeOffset now)
    {
        Func<SnapshotModel, SnapshotModel> facts = made => made;
        Func<ISnapshotChain, Task> act;
        string how;
        switch (form % 6)
        {
            case 0:
                how = "begun";
                act = async chain => await (await chain.BeginCreateAsync(name)).Completion;
                break;
            case 1:
                int days = 1 + (form / 6 % 3);
                how = $"for {days} days";
                facts = made => made with { Description = "what for", Tag = $"t{days}", Expires = now.AddDays(days) };
                act = chain => chain.CreateAsync(name, new SnapshotOptions { Description = "what for", Tags = new Dictionary<string, string> { [TagKey] = $"t{days}" }, RetentionDays = days });
                break;
            case 2:
                SnapshotKind kind = form / 6 % 2 == 0 ? SnapshotKind.Copied : SnapshotKind.Imported;
                how = $"{kind}";
                facts = made => made with { Kind = kind };
                act = chain => chain.CreateAsync(name, new SnapshotOptions { Kind = kind });
                break;
            case 3:
                how = "with hooks";
                facts = made => made with { Consistency = SnapshotConsistency.FileSystem };
                act = chain => chain.CreateAsync(name, new SnapshotOptions { Hooks = Hooks(fails: false) });
                break;
            case 4:
                how = "with a hook that fails";
                act = chain => chain.CreateAsync(name, new SnapshotOptions { Hooks = Hooks(fails: true) });
                break;
            default:
                how = "with a token";
                facts = made => made with { Token = TokenOf(name), Description = TokenDescription };
                act = chain => chain.CreateAsync(name, WithToken(name));
                break;
        }

        return CrashOperation.OnChain($"snapshot {disk}@{name} {how}", disk, model => model.Snapshot(name, facts), act);
    }

    /// <summary>A hook without which there shall be no snapshot fails.</summary>
    public static CrashOperation CreateWithFailingHook(string disk, string name) => CrashOperation.Refused<SnapshotHookException>(
        $"snapshot {disk}@{name} with a hook that must not fail", pool => pool.OpenChain(disk).CreateAsync(name, new SnapshotOptions { Hooks = Hooks(fails: true, required: true) }));

    /// <summary>The same call again gives the snapshot of the first one and makes nothing.</summary>
    public static CrashOperation CreateAgain(string disk, string name) => new($"snapshot {disk}@{name} again", [], true, async pool =>
    {
        ISnapshotChain chain = pool.OpenChain(disk);
        SnapshotId known = chain.Find(name)!.Id;
        if ((await chain.CreateAsync(name, WithToken(name))).Id != known)
        {
            throw new ViolationException($"{disk}@{name}: the same token gave another snapshot");
        }
    });

    public static CrashOperation CreateWithUsedToken(string disk, string name, string used) => CrashOperation.Refused<ConflictException>(
        $"snapshot {disk}@{name} with the token of {used}", pool => pool.OpenChain(disk).CreateAsync(name, WithToken(used)));

    public static CrashOperation CreateRefused<TException>(string disk, string name)
        where TException : Exception => CrashOperation.Refused<TException>($"snapshot {disk}@{name}", pool => pool.OpenChain(disk).CreateAsync(name));

    public static CrashOperation Hold(string disk, string name, string hold) => CrashOperation.OnSnapshot(
        $"hold {hold}", disk, name, snapshot => snapshot.Holds.Contains(hold) ? snapshot : snapshot with { Holds = [.. snapshot.Holds, hold] }, chain => chain.HoldAsync(name, hold));

    public static CrashOperation Release(string disk, string name, string hold) => CrashOperation.OnSnapshot(
        $"release {hold}", disk, name, snapshot => snapshot with { Holds = [.. snapshot.Holds.Where(other => other != hold)] }, chain => chain.ReleaseHoldAsync(name, hold));

    /// <summary>R51: a lock is set, changed in its cool-off, made longer, or refused when it would be made shorter.</summary>
    public static CrashOperation Lock(string disk, SnapshotModel snapshot, int days, TimeSpan coolOff, DateTimeOffset now)
    {
        DateTimeOffset until = now.AddDays(days);
        string text = $"lock for {days} days, cool-off {coolOff.TotalHours} h,";
        if (snapshot.IsLocked(now) && snapshot.CoolOffUntil <= now && until <= snapshot.LockedUntil)
        {
            return CrashOperation.Refused<SnapshotLockedException>($"{text} {disk}@{snapshot.Name}", pool => pool.OpenChain(disk).LockAsync(snapshot.Name, days, coolOff));
        }

        return CrashOperation.OnSnapshot(
            text,
            disk,
            snapshot.Name,
            known => known with { LockedUntil = until, CoolOffUntil = known.IsLocked(now) ? known.CoolOffUntil : now + coolOff },
            chain => chain.LockAsync(snapshot.Name, days, coolOff));
    }

    public static CrashOperation Unlock(string disk, SnapshotModel snapshot, DateTimeOffset now) => snapshot.IsLocked(now) && snapshot.CoolOffUntil <= now
        ? CrashOperation.Refused<SnapshotLockedException>($"unlock {disk}@{snapshot.Name}", pool => pool.OpenChain(disk).UnlockAsync(snapshot.Name))
        : CrashOperation.OnSnapshot(
            "unlock", disk, snapshot.Name, known => known with { LockedUntil = null, CoolOffUntil = null }, chain => chain.UnlockAsync(snapshot.Name));

    public static CrashOperation SetRetention(string disk, string name, int? days, DateTimeOffset now) => CrashOperation.OnSnapshot(
        $"keep for {days} days", disk, name, snapshot => snapshot with { Expires = days is { } count ? now.AddDays(count) : null }, chain => chain.SetRetentionAsync(name, days));

    public static CrashOperation SetUndoRetention(string disk, int index, int days, DateTimeOffset now) => CrashOperation.OnChain(
        $"keep undo point {index} of {disk} for {days} days",
        disk,
        model => model.SetUndoRetention(index, now.AddDays(days)),
        chain => chain.SetRetentionAsync(chain.UndoPoints[index].Name, days));

    public static CrashOperation Trash(string disk, string name, int days, DateTimeOffset now) => CrashOperation.OnChain(
        $"trash {disk}@{name} for {days} days",
        disk,
        model => model.MoveToTrash(name, now.AddDays(days)),
        chain => chain.DeleteAsync([name, "unknown"], new SnapshotDeleteOptions { Force = true, IgnoreUnknown = true, TrashGrace = TimeSpan.FromDays(days) }));

    public static CrashOperation Undelete(string disk, string name, bool hasRoom) => hasRoom
        ? CrashOperation.OnChain($"undelete {disk}@{name}", disk, model => model.Undelete(name), chain => chain.UndeleteAsync(name))
        : CrashOperation.Refused<QuotaExceededException>($"undelete {disk}@{name}", pool => pool.OpenChain(disk).UndeleteAsync(name));

    public static CrashOperation DeleteRefused<TException>(string disk, string name, bool force)
        where TException : Exception =>
        CrashOperation.Refused<TException>($"delete {disk}@{name}{(force ? " with force" : "")}", pool => pool.OpenChain(disk).DeleteAsync([name], force));

    /// <summary>A rollback that says what becomes of the state before, though somebody uses the disk.</summary>
    public static CrashOperation RollbackInUse(string disk, string name, int undoDays, DateTimeOffset now) => CrashOperation.OnPool(
        $"rollback {disk}@{name} in use, undo for {undoDays} days",
        model => model.Disk(disk).Rollback(model.Snapshot(disk, name), now, undoDays),
        async pool =>
        {
            using IDisposable user = pool.Attach(disk, "simulation");
            await pool.OpenChain(disk).RollbackAsync(name, new RollbackOptions { EvenIfInUse = true, UndoRetentionDays = undoDays });
        });

    public static CrashOperation RollbackRefused(string disk, string name, bool inUse) => CrashOperation.Refused<ConflictException>(
        $"rollback {disk}@{name}{(inUse ? " in use" : "")}",
        async pool =>
        {
            using IDisposable? user = inUse ? pool.Attach(disk, "simulation") : null;
            await pool.OpenChain(disk).RollbackAsync(name);
        });

    public static CrashOperation Reinitialize(PoolModel model, DiskModel disk, DateTimeOffset now)
    {
        bool isOriginThere = disk.Origin is null || model.Disks.Any(other => other.Snapshots.Any(disk.Origin.Is));
        return isOriginThere
            ? CrashOperation.OnChain($"reinitialize {disk.Name}", disk.Name, known => known.Reinitialize(now), chain => chain.ReinitializeAsync())
            : CrashOperation.Refused<OriginDeletedException>($"reinitialize {disk.Name}", pool => pool.OpenChain(disk.Name).ReinitializeAsync());
    }

    public static CrashOperation Synchronize(string disk, string name, string present, string copy, DateTimeOffset now) => CrashOperation.OnPool(
        $"synchronize {disk}@{name} {present} {copy}",
        model =>
        {
            DiskModel changed = model.Disk(disk);
            changed.Snapshot(present);
            changed.Rollback(changed.Find(name), now);
            model.Add(changed.Clone(changed.Find(present), copy, changed.Find(present).State.Size));
        },
        pool => pool.OpenChain(disk).SynchronizeFromAsync(name, present, copy));

    private static string TokenOf(string name) => $"token of {name}";

    private static SnapshotOptions WithToken(string name) => new() { ClientToken = TokenOf(name), Description = TokenDescription };

    private static SnapshotHooks Hooks(bool fails, bool required = false) => new()
    {
        BeforeFreeze = _ => fails ? Task.FromException(new InvalidOperationException("planned")) : Task.CompletedTask,
        AfterFreeze = _ => Task.CompletedTask,
        Level = SnapshotConsistency.FileSystem,
        Required = required,
        Timeout = TimeSpan.FromSeconds(10),
    };
}
