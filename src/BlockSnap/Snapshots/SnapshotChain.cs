using BlockSnap.Capacity;
using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>The chain of one disk, as callers see it: a light handle that keeps no state of its own.</summary>
internal sealed partial class SnapshotChain(PoolCore core, ChainState chain) : ISnapshotChain
{
    public DiskId Id => chain.Volume.Id;

    public string DiskName => chain.Volume.Name;

    public bool IsReleased => chain.Volume.IsReleased;

    public SnapshotId? Origin => chain.Origin;

    public SnapshotQuota Quota
    {
        get
        {
            using (core.Gate.Enter())
            {
                return QuotaRule.Of(core);
            }
        }
    }

    public IReadOnlyList<Snapshot> Snapshots
    {
        get
        {
            using (core.Gate.Enter())
            {
                return [.. chain.Snapshots.Select(core.Describe)];
            }
        }
    }

    public IReadOnlyList<Snapshot> Trash
    {
        get
        {
            using (core.Gate.Enter())
            {
                return [.. chain.Trash.Select(core.Describe)];
            }
        }
    }

    public Snapshot? Latest
    {
        get
        {
            using (core.Gate.Enter())
            {
                return chain.Snapshots.Count == 0 ? null : core.Describe(chain.Snapshots[^1]);
            }
        }
    }

    public IReadOnlyList<Snapshot> UndoPoints
    {
        get
        {
            using (core.Gate.Enter())
            {
                return [.. chain.UndoPoints.Select(core.Describe)];
            }
        }
    }

    public Snapshot? UndoPoint
    {
        get
        {
            using (core.Gate.Enter())
            {
                return chain.Undo is null ? null : core.Describe(chain.Undo);
            }
        }
    }

    public bool HasChanges
    {
        get
        {
            using (core.Gate.Enter())
            {
                return chain.HasChanges;
            }
        }
    }

    public Snapshot? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using (core.Gate.Enter())
        {
            return chain.Find(name) is { } snapshot ? core.Describe(snapshot) : null;
        }
    }

    public Snapshot? Find(SnapshotId id)
    {
        using (core.Gate.Enter())
        {
            SnapshotState? found = core.Catalog.Find(id);
            return found is { Place: not SnapshotPlace.Trash } && core.Catalog.ChainOf(found) == chain ? core.Describe(found) : null;
        }
    }

    public Snapshot? FindAt(DateTimeOffset time)
    {
        using (core.Gate.Enter())
        {
            SnapshotState? found = chain.Snapshots.LastOrDefault(snapshot => snapshot.Facts.Created <= time);
            return found is null ? null : core.Describe(found);
        }
    }

    public IDisk Open(string name)
    {
        using (core.Gate.Enter())
        {
            SnapshotState snapshot = Get(name);
            return new ReadOnlyDisk(
                core.Engine,
                core.Pins,
                core.Pins.Hold(snapshot.Root),
                Id,
                $"{DiskName}@{name}",
                snapshot.Facts.Size,
                chain.Volume.BlockSize,
                this,
                chain.Volume.Traffic);
        }
    }

    public async Task<IDisk> CloneAsync(string name, string diskName, long? size = null, CancellationToken cancellationToken = default)
    {
        Names.CheckDisk(diskName);
        cancellationToken.ThrowIfCancellationRequested();
        DiskId id = await core.CommitAsync<DiskId>(() =>
        {
            PoolOperation.CreateDisk clone = core.CloneOf(chain, Get(name), diskName, size);
            return (clone, clone.Id);
        }).ConfigureAwait(false);
        return DiskHandles.Open(core, id);
    }

    public Task<IReadOnlyList<SnapshotUsage>> GetUsageAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<SnapshotUsage>>(new CapacityReport(core, cancellationToken).OfSnapshots(chain));

    public Task<SnapshotUsage> GetUsageAsync(string name, CancellationToken cancellationToken = default)
    {
        SnapshotState snapshot;
        using (core.Gate.Enter())
        {
            snapshot = GetListed(name);
        }

        SnapshotUsage? usage = new CapacityReport(core, cancellationToken).OfSnapshot(chain, snapshot);
        return Task.FromResult(usage ?? throw new SnapshotNotFoundException(DiskName, name));
    }

    private SnapshotState Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return chain.Find(name) ?? throw new SnapshotNotFoundException(DiskName, name);
    }

    private SnapshotState GetListed(string name)
    {
        SnapshotState snapshot = Get(name);
        return snapshot.Place == SnapshotPlace.Listed
            ? snapshot
            : throw new ConflictException($"'{DiskName}@{name}' is the state before a rollback, not a snapshot");
    }

    private void ThrowIfReleased()
    {
        if (IsReleased)
        {
            throw new DiskNotFoundException(DiskName);
        }
    }
}
