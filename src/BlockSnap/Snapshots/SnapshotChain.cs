using BlockSnap.Disks;

namespace BlockSnap.Snapshots;

/// <summary>The chain of one disk, as callers see it: a light handle that keeps no state of its own.</summary>
internal sealed class SnapshotChain(PoolCore core, ChainState chain) : ISnapshotChain
{
    private const int DeletedAtOnceMax = 1000;

    public DiskId Id => chain.Volume.Id;

    public string DiskName => chain.Volume.Name;

    public bool IsReleased => chain.Volume.IsReleased;

    public SnapshotQuota Quota => core.Options.SnapshotQuota;

    public IReadOnlyList<Snapshot> Snapshots
    {
        get
        {
            using (core.Gate.Enter())
            {
                return [.. chain.Snapshots.Select(Describe)];
            }
        }
    }

    public Snapshot? Latest
    {
        get
        {
            using (core.Gate.Enter())
            {
                return chain.Snapshots.Count == 0 ? null : Describe(chain.Snapshots[^1]);
            }
        }
    }

    public Snapshot? UndoPoint
    {
        get
        {
            using (core.Gate.Enter())
            {
                return chain.Undo?.Facts;
            }
        }
    }

    public Snapshot? Find(string name)
    {
        using (core.Gate.Enter())
        {
            return chain.Find(name) is { } snapshot ? Describe(snapshot) : null;
        }
    }

    public Snapshot? Find(SnapshotId id)
    {
        using (core.Gate.Enter())
        {
            return chain.Find(id) is { } snapshot ? Describe(snapshot) : null;
        }
    }

    public Snapshot? FindAt(DateTimeOffset time)
    {
        using (core.Gate.Enter())
        {
            SnapshotState? found = chain.Snapshots.FindLast(snapshot => snapshot.Facts.Created <= time);
            return found is null ? null : Describe(found);
        }
    }

    public async Task<Snapshot> CreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SnapshotOptions();
        Names.CheckSnapshot(name, options.Kind);
        Names.CheckOptions(options);
        cancellationToken.ThrowIfCancellationRequested();
        Snapshot facts = core.Commit<Snapshot>(() =>
        {
            ThrowIfReleased();
            if (chain.Find(name) is not null)
            {
                throw new SnapshotExistsException(DiskName, name);
            }

            if (Quota.Maximum is { } maximum && chain.Snapshots.Count >= maximum)
            {
                throw new QuotaExceededException(maximum, DiskName);
            }

            DateTimeOffset now = core.Now;
            var facts = new Snapshot
            {
                Id = new SnapshotId(core.NewGuid()),
                DiskId = Id,
                Name = name,
                Kind = options.Kind,
                Created = now,
                Size = chain.Volume.Size,
                Description = options.Description,
                Tags = options.Tags is null ? new Dictionary<string, string>() : new Dictionary<string, string>(options.Tags),
                Expires = options.RetentionDays is { } days ? now.AddDays(days) : null,
            };
            return (new PoolOperation.CreateSnapshot(chain.Volume.Number, facts), facts);
        });
        await core.Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return facts;
    }

    public IDisk Open(string name)
    {
        using (core.Gate.Enter())
        {
            SnapshotState snapshot = Get(name);
            return new ReadOnlyDisk(
                core.Engine, core.Pins, core.Pins.Hold(snapshot.Root), Id, $"{DiskName}@{name}", snapshot.Facts.Size, chain.Volume.BlockSize, this);
        }
    }

    public Task<DeletePreview> PreviewDeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        return Task.FromResult(Preview(names, cancellationToken));
    }

    public async Task<DeletePreview> DeleteAsync(IReadOnlyCollection<string> names, bool force = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(names.Count, DeletedAtOnceMax, nameof(names));
        DeletePreview preview = Preview(names, cancellationToken);
        if (preview.Snapshots.Count == 0)
        {
            return preview;
        }

        core.Commit<bool>(() =>
        {
            List<SnapshotState> doomed = [.. names.Distinct().Select(Get)];
            foreach (SnapshotState snapshot in doomed)
            {
                string[] users = [.. core.Catalog.ClonesOf(snapshot.Facts.Id).Select(clone => clone.Volume.Name)];
                if (users.Length > 0 && !force)
                {
                    throw new SnapshotInUseException(DiskName, snapshot.Facts.Name, users);
                }
            }

            return (new PoolOperation.DeleteSnapshots(chain.Volume.Number, null, [.. doomed.Select(snapshot => snapshot.Facts.Id)]), true);
        });
        await core.Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        core.AfterRelease();
        return preview;
    }

    public Task RollbackAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RollbackTo(() => Get(name));
    }

    public Task UndoRollbackAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RollbackTo(() => chain.Undo ?? throw new ConflictException($"The disk \"{DiskName}\" has no rollback to undo."));
    }

    public async Task<IDisk> CloneAsync(string name, string diskName, long? size = null, CancellationToken cancellationToken = default)
    {
        Names.CheckDisk(diskName);
        cancellationToken.ThrowIfCancellationRequested();
        DiskId id = core.Commit<DiskId>(() =>
        {
            SnapshotState snapshot = Get(name);
            long cloneSize = size ?? snapshot.Facts.Size;
            if (cloneSize < snapshot.Facts.Size || cloneSize > PoolCore.DiskSizeMax)
            {
                throw new ArgumentOutOfRangeException(nameof(size), size, $"A clone has at least the snapshot's {snapshot.Facts.Size} bytes and at most 2^62.");
            }

            core.ThrowIfTaken(diskName);
            var cloneId = new DiskId(core.NewGuid());
            return (new PoolOperation.CreateDisk(core.Catalog.NextNumber, cloneId, diskName, cloneSize, chain.Volume.BlockSize, chain.Volume.Number, snapshot.Facts.Id), cloneId);
        });
        await core.Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return core.OpenDisk(id);
    }

    public Task<IReadOnlyList<SnapshotUsage>> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        SharingReport report = SharingReport.Of(core, chain.Family, cancellationToken);
        using (core.Gate.Enter())
        {
            IReadOnlyList<SnapshotUsage> usage =
            [
                .. chain.Snapshots.Where(report.Knows).Select(snapshot =>
                {
                    long exclusive = report.ExclusiveOf(snapshot);
                    return new SnapshotUsage(Describe(snapshot), report.StoredBy(snapshot), exclusive, report.ReferencedBy(snapshot) - exclusive);
                }),
            ];
            return Task.FromResult(usage);
        }
    }

    private async Task RollbackTo(Func<SnapshotState> target)
    {
        core.Commit<bool>(() =>
        {
            ThrowIfReleased();
            DateTimeOffset now = core.Now;
            var undo = new Snapshot
            {
                Id = new SnapshotId(core.NewGuid()),
                DiskId = Id,
                Name = $"undo-{now:yyyyMMdd-HHmmss}",
                Created = now,
                Size = chain.Volume.Size,
            };
            return (new PoolOperation.Rollback(chain.Volume.Number, target().Facts.Id, undo), true);
        });
        await core.Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private DeletePreview Preview(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        HashSet<SnapshotState> doomed;
        List<Snapshot> facts;
        List<string> clones;
        using (core.Gate.Enter())
        {
            doomed = [.. names.Select(Get)];
            facts = [.. chain.Snapshots.Where(doomed.Contains).Select(Describe)];
            if (chain.Undo is { } undo && doomed.Contains(undo))
            {
                facts.Add(undo.Facts);
            }

            clones = [.. doomed.SelectMany(snapshot => core.Catalog.ClonesOf(snapshot.Facts.Id)).Select(clone => clone.Volume.Name)];
        }

        return new DeletePreview(facts, SharingReport.FreedBy(core, chain.Family, doomed, cancellationToken), clones);
    }

    private SnapshotState Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return chain.Find(name) ?? throw new SnapshotNotFoundException(DiskName, name);
    }

    private Snapshot Describe(SnapshotState snapshot)
    {
        int clones = core.Catalog.ClonesOf(snapshot.Facts.Id).Count();
        return clones == 0 ? snapshot.Facts : snapshot.Facts with { CloneCount = clones };
    }

    private void ThrowIfReleased()
    {
        if (IsReleased)
        {
            throw new DiskNotFoundException(DiskName);
        }
    }
}
