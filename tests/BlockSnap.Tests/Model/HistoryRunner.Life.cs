using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Model;

/// <summary>Steps of groups, policies, the trash, and the ways back that are one call.</summary>
internal sealed partial class HistoryRunner
{
    private async Task TrashAsync(DiskModel model, Step step)
    {
        if (Pick(model.Snapshots, step.Pick) is { } snapshot)
        {
            var options = new SnapshotDeleteOptions { Force = true, TrashGrace = TimeSpan.FromDays(1) };
            ByteBounds freed = _model.Exclusive([snapshot.State]);
            DeletePreview done = await Chain(model).DeleteAsync([snapshot.Name], options);
            freed.AssertHolds(done.FreedBytes, "What the trash will free");
            model.MoveToTrash(snapshot.Name);
            await VerifyAllAsync();
        }
    }

    private async Task UndeleteAsync(DiskModel model, Step step)
    {
        if (Pick(model.Trash, step.Pick) is { } deleted)
        {
            await Chain(model).UndeleteAsync(deleted.Name);
            model.Undelete(deleted.Name);
            await VerifyAllAsync();
        }
    }

    private async Task GroupAsync(Step step)
    {
        const long SizeMax = 8L << 40; // four of them are what a group may have
        DiskModel[] members = [.. _model.LiveDisks.Where((disk, at) => (step.Pick >> at) % 2 == 0 && disk.Snapshots.Count < SnapshotsMax && disk.Head.Size <= SizeMax)];
        if (members.Length > 0)
        {
            string name = NextName("g");
            await Pool.Groups.CreateAsync(name, [.. members.Select(disk => disk.Name)]);
            Array.ForEach(members, disk => disk.Snapshot(name));
            _model.Groups[name] = [.. members.Select(disk => (disk.Name, name))];
            await VerifyAllAsync();
        }
    }

    // Back with those that can, whatever became of the others; or the way back of that.
    private async Task RollbackGroupAsync(Step step)
    {
        if (Pick(_model.LiveGroups().Order(StringComparer.Ordinal), step.Pick) is not { } name)
        {
            return;
        }

        bool isUndo = step.Fill < 2;
        DiskModel?[] members = [.. _model.Groups[name].Select(member => _model.LiveDisks.FirstOrDefault(disk => disk.Name == member.Disk && (isUndo
            ? disk.UndoPoint is not null && disk.UndoGroup == name
            : disk.Snapshots.Any(snapshot => snapshot.Name == name))))];
        if (members.Contains(null))
        {
            await Assert.ThrowsAsync<ConflictException>(() => RunAsync(perDisk: false));
        }

        IReadOnlyList<GroupRollbackResult> results = await RunAsync(perDisk: members.Contains(null));
        Assert.Equal(members.Select(member => member is not null), results.Select(result => result.Ok));
        foreach (DiskModel member in members.OfType<DiskModel>())
        {
            if (isUndo)
            {
                member.Undo(name);
            }
            else
            {
                member.Rollback(member.Find(name), name);
            }
        }

        await VerifyAllAsync();

        Task<IReadOnlyList<GroupRollbackResult>> RunAsync(bool perDisk) =>
            isUndo ? Pool.Groups.UndoRollbackAsync(name, perDisk) : Pool.Groups.RollbackAsync(name, perDisk);
    }

    private CrashOperation ChangePolicies(DiskModel disk, Step step)
    {
        const int PoliciesMax = 2;
        string[] policies = [.. _model.Policies.Order(StringComparer.Ordinal)];
        string[] some = [.. _model.LiveDisks.Where((other, at) => other == disk || (step.Pick >> at) % 2 == 0).Select(other => other.Name)];
        return (step.At % 8) switch
        {
            _ when policies.Length == 0 => PolicyOperations.Create(NextName("p")),
            0 when policies.Length < PoliciesMax => PolicyOperations.Create(NextName("p")),
            0 => PolicyOperations.Delete(policies[0]),
            1 => PolicyOperations.Cancel(some),
            2 => PolicyOperations.Pause(!disk.IsPaused, some),
            3 => PolicyOperations.DeleteSnapshotsWithDisk(!disk.DeletesSnapshots, some),
            _ => PolicyOperations.Apply(policies[^1], some),
        };
    }

    private async Task BothAsync(CrashOperation operation)
    {
        await operation.Do(Pool);
        foreach (Action<PoolModel> step in operation.Steps)
        {
            step(_model);
        }

        Assert.Equal(PoolDigest.Of(_model), PoolDigest.Of(Pool));
    }

    private async Task ReinitializeAsync(DiskModel model, IDisk disk)
    {
        if (model.Origin is not null && !_model.Disks.Any(other => other.Snapshots.Contains(model.Origin)))
        {
            await Assert.ThrowsAsync<OriginDeletedException>(() => disk.Chain.ReinitializeAsync());
            return;
        }

        await disk.Chain.ReinitializeAsync();
        model.Reinitialize();
    }

    private async Task SynchronizeAsync(DiskModel model, IDisk disk, Step step)
    {
        if (Pick(model.Snapshots, step.Pick) is not { } target || model.Snapshots.Count >= SnapshotsMax || _model.LiveDisks.Count() >= DisksMax)
        {
            return;
        }

        string present = NextName("s");
        string copy = NextName("clone");
        using IDisk made = await disk.Chain.SynchronizeFromAsync(target.Name, present, copy);
        model.Snapshot(present);
        model.Rollback(target);
        _model.Add(model.Clone(model.Find(present), copy, model.Find(present).State.Size));
        await VerifyAllAsync();
    }
}
