using System.Diagnostics;
using BlockSnap.Catalogs;
using BlockSnap.Diagnostics;
using BlockSnap.Disks;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <content>Going back.</content>
internal sealed partial class SnapshotChain
{
    public RollbackCheck CanRollback(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using (core.Gate.Enter())
        {
            return RollbackRule.Check(core, chain, chain.Find(name), $"'{DiskName}@{name}'");
        }
    }

    public RollbackCheck CanRollback(SnapshotId id)
    {
        using (core.Gate.Enter())
        {
            return RollbackRule.Check(core, chain, core.Catalog.Find(id), id.ToString());
        }
    }

    public Task RollbackAsync(string name, CancellationToken cancellationToken = default) =>
        RollbackAsync(name, new RollbackOptions(), cancellationToken);

    public async Task RollbackAsync(string name, RollbackOptions options, CancellationToken cancellationToken = default)
    {
        using Activity? span = Telemetry.Start("blocksnap.disk.rollback");
        await RollBackToAsync(() => Get(name), options, cancellationToken).ConfigureAwait(false);
    }

    public Task UndoRollbackAsync(CancellationToken cancellationToken = default) =>
        UndoRollbackAsync(null, new RollbackOptions(), cancellationToken);

    public Task UndoRollbackAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return UndoRollbackAsync(name, new RollbackOptions(), cancellationToken);
    }

    public Task UndoRollbackAsync(string? name, RollbackOptions options, CancellationToken cancellationToken = default) =>
        RollBackToAsync(() => FindUndo(name), options, cancellationToken);

    public async Task<IDisk> SynchronizeFromAsync(string name, string presentName, string diskName, CancellationToken cancellationToken = default)
    {
        CheckNames(presentName, diskName);
        cancellationToken.ThrowIfCancellationRequested();
        DiskId id = await core
            .CommitAsync<DiskId>(() => PlanSynchronize(name, presentName, diskName, evenIfInUse: false))
            .ConfigureAwait(false);
        return DiskHandles.Open(core, id);
    }

    public async Task<long> PreviewSynchronizeFromAsync(
        string name, string presentName, string diskName, CancellationToken cancellationToken = default)
    {
        CheckNames(presentName, diskName);
        using (core.Gate.Enter())
        {
            core.ThrowIfReadOnly("rolling a disk back");
            PlanSynchronize(name, presentName, diskName, evenIfInUse: true);
        }

        using IDisk head = DiskHandles.Open(core, Id);
        using IDisk view = Open(name);
        IAsyncEnumerable<ChangedExtent> changes = DiskDiff.CompareAsync(core.Engine, (DiskBase)head, (DiskBase)view, cancellationToken);
        long changed = 0;
        await foreach (ChangedExtent extent in changes.ConfigureAwait(false))
        {
            changed += extent.Length;
        }

        return changed;
    }

    public Task ReinitializeAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return core.CommitAsync<bool>(() =>
        {
            ThrowIfReleased();
            PoolCore.ThrowIfChanging(chain);
            RollbackRule.ThrowIfInUse(chain);
            uint originDisk = 0;
            long size = chain.Volume.Size;
            if (chain.Origin is { } id)
            {
                SnapshotState origin = core.Catalog.Find(id) is { Place: not SnapshotPlace.Trash } found
                    ? found
                    : throw new OriginDeletedException(DiskName, id);
                originDisk = core.Catalog.ChainOf(origin).Volume.Number;
                size = Math.Max(size, origin.Facts.Size);
            }

            Snapshot undo = RollbackPlan.NewUndo(core, chain);
            var reinitialize = new PoolOperation.ReinitializeDisk(chain.Volume.Number, originDisk, size, undo);
            return (PoolOperation.Of([.. RollbackPlan.RoomForUndo(core, chain), reinitialize]), true);
        });
    }

    private async Task RollBackToAsync(Func<SnapshotState> find, RollbackOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Names.CheckRetention(options.UndoRetentionDays);
        cancellationToken.ThrowIfCancellationRequested();
        await core.CommitAsync<bool>(() =>
        {
            ThrowIfReleased();
            SnapshotState target = find();
            RollbackRule.ThrowIfNot(core, chain, target, options.EvenIfInUse);
            return (PoolOperation.Of(RollbackPlan.Of(core, chain, target, options.UndoRetentionDays)), true);
        }).ConfigureAwait(false);
    }

    private SnapshotState FindUndo(string? name)
    {
        if (name is null)
        {
            return chain.Undo ?? throw new ConflictException($"The disk '{DiskName}' has no rollback to undo");
        }

        return chain.Find(name) is { Place: SnapshotPlace.Undo } undo ? undo : throw new SnapshotNotFoundException(DiskName, name);
    }

    private static void CheckNames(string presentName, string diskName)
    {
        Names.CheckSnapshot(presentName, SnapshotKind.Manual);
        Names.CheckDisk(diskName);
    }

    // Gate held.
    private (PoolOperation Operation, DiskId Made) PlanSynchronize(string name, string presentName, string diskName, bool evenIfInUse)
    {
        ThrowIfReleased();
        core.ThrowIfSuspended();
        SnapshotState target = Get(name);
        RollbackRule.ThrowIfNot(core, chain, target, evenIfInUse);
        if (chain.Find(presentName) is not null)
        {
            throw new SnapshotExistsException(DiskName, presentName);
        }

        var options = new SnapshotOptions();
        QuotaRule.MakeRoom(core, chain, options.Kind); // refuses: nothing makes room for a manual snapshot
        core.ThrowIfTaken(diskName);
        Snapshot present = options.NewFacts(presentName, SnapshotConsistency.Crash, core.Clock) with
        {
            Id = new SnapshotId(core.NewGuid()),
            DiskId = Id,
            Size = chain.Volume.Size,
        };
        DiskVolume volume = chain.Volume;
        var disk = new PoolOperation.CreateDisk(
            core.Catalog.NextNumber, new DiskId(core.NewGuid()), diskName, present.Size, volume.BlockSize, volume.Number, present.Id);
        PoolOperation[] parts =
        [
            new PoolOperation.CreateSnapshot(volume.Number, present),
            .. RollbackPlan.Of(core, chain, target),
            disk,
        ];
        return (new PoolOperation.Several(parts), disk.Id);
    }
}
