using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Items;
using BlockSnap.Snapshots;

namespace BlockSnap;

/// <content>What concerns the snapshots of all disks: lists, groups, images, retention, the pool's state.</content>
public sealed partial class DiskPool
{
    /// <summary>Snapshots of several disks at one instant.</summary>
    public SnapshotGroups Groups { get; }

    /// <summary>Named sets of snapshots to make disks from.</summary>
    public PoolImages Images { get; }

    /// <summary>By which rules snapshots are made and expire by themselves, and of which disks.</summary>
    public SnapshotPolicies Policies { get; }

    /// <summary>What ended in the pool: snapshots made, deleted, expired, disks rolled back, policies run, damage found.</summary>
    public PoolEvents Events { get; }

    /// <summary>Why the pool is suspended, or null when it is not.</summary>
    public string? SuspendReason
    {
        get
        {
            using (_core.Gate.Enter())
            {
                return _core.Catalog.Item<PoolStateItem>(ItemKind.PoolState, Guid.Empty)?.SuspendReason;
            }
        }
    }

    /// <summary>How many snapshots a disk may have: the option of this pool object, else what <see cref="SetQuotaAsync"/> said, else 64.</summary>
    public SnapshotQuota Quota
    {
        get
        {
            using (_core.Gate.Enter())
            {
                return QuotaRule.Of(_core);
            }
        }
    }

    /// <summary>
    /// Says how many snapshots a disk may have, for everybody who opens the pool without an option of its own. No snapshot goes because of it now;
    /// the next automatic one of a disk that has too many takes the place of as many as needed.
    /// </summary>
    /// <param name="quota">The quota; limits are at least 1.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    public Task SetQuotaAsync(SnapshotQuota quota, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(quota);
        if (!quota.IsValid)
        {
            throw new ArgumentOutOfRangeException(nameof(quota), quota, "The limits of a quota are at least 1, or none.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() =>
        {
            SnapshotQuota before = _core.Catalog.Item<QuotaItem>(ItemKind.Quota, Guid.Empty)?.Quota ?? SnapshotQuota.Default;
            PoolOperation? operation = quota == before ? null
                : quota == SnapshotQuota.Default ? new PoolOperation.RemoveItem(ItemKind.Quota, Guid.Empty)
                : new PoolOperation.PutItem(new QuotaItem(quota));
            return (operation, true);
        });
    }

    /// <summary>Lists snapshots of all chains that match a filter, page by page, in the order in which they were made.</summary>
    public SnapshotPage ListSnapshots(SnapshotFilter? filter = null)
    {
        ThrowIfDisposed();
        return SnapshotQuery.Run(_core, filter ?? new SnapshotFilter());
    }

    /// <summary>Finds a snapshot of any chain by its identity, or null.</summary>
    public Snapshot? FindSnapshot(SnapshotId id)
    {
        ThrowIfDisposed();
        using (_core.Gate.Enter())
        {
            return _core.Catalog.Find(id) is { Place: SnapshotPlace.Listed } snapshot ? _core.Describe(snapshot) : null;
        }
    }

    /// <summary>What deleting any set of snapshots, of any disks, would free: exactly. Changes nothing.</summary>
    /// <exception cref="SnapshotNotFoundException">One is unknown.</exception>
    public async Task<DeletePreview> PreviewDeleteAsync(IReadOnlyCollection<SnapshotId> ids, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(ids);
        List<SnapshotState> doomed;
        using (_core.Gate.Enter())
        {
            doomed = [.. ids.Distinct().Select(id => _core.Catalog.Find(id) ?? throw new SnapshotNotFoundException("", id.ToString()))];
        }

        DeletePreview? preview = null;
        await InBackground(() => preview = Deletion.Preview(_core, doomed, cancellationToken), cancellationToken).ConfigureAwait(false);
        return preview!;
    }

    /// <summary>
    /// Deletes snapshots and undo points whose retention has ended, and deleted snapshots whose grace period has. Never one that is held,
    /// locked, in an image, or that a live disk was made from. A clock that was set ahead while the pool is open expires nothing.
    /// </summary>
    /// <param name="dryRun">Only say what would go.</param>
    /// <param name="cancellationToken">Honoured between disks.</param>
    public Task<ExpiryResult> ExpireAsync(bool dryRun = false, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return Expiry.RunAsync(_core, dryRun, cancellationToken);
    }

    /// <summary>
    /// Suspends the pool: no snapshots are made until it is resumed, also after it was closed and opened. Disks go on, and so does retention.
    /// </summary>
    /// <param name="reason">2 to 256 characters, told to whoever asks for a snapshot.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    public Task SuspendAsync(string reason, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(reason);
        Names.CheckDescription(reason, "reason");
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() => (new PoolOperation.PutItem(new PoolStateItem(reason)), true));
    }

    /// <summary>Ends a suspension; does nothing when there is none.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() =>
        {
            bool isSuspended = _core.Catalog.Item<PoolStateItem>(ItemKind.PoolState, Guid.Empty) is not null;
            return (isSuspended ? new PoolOperation.RemoveItem(ItemKind.PoolState, Guid.Empty) : null, true);
        });
    }

    /// <summary>
    /// Deletes all snapshots of all disks, at once and not into the trash, but those that something holds: an image, a live disk made from
    /// one, a hold, a lock. Undo points stay.
    /// </summary>
    /// <param name="dryRun">Only say what would go.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <returns>What went and what it frees.</returns>
    public async Task<DeletePreview> PurgeAsync(bool dryRun = false, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        DeletePreview? preview = null;
        await InBackground(() => preview = Deletion.Purge(_core, dryRun, cancellationToken), cancellationToken).ConfigureAwait(false);
        await _core.FlushAsync().ConfigureAwait(false);
        return preview!;
    }

    /// <summary>
    /// Looks at all that a disk stores and makes holes of the whole blocks that hold only zeros. This library stores no such block, however zeros are
    /// written: what is found was written by something else. Zeros in a part of a block stay, and so does what snapshots hold. The disk can be used
    /// meanwhile; what is written to it stays. Only maps are read, and the blocks whose checksum is that of zeros. Flushed when the task completes.
    /// </summary>
    /// <param name="diskName">The disk.</param>
    /// <param name="dryRun">Only say what would become a hole.</param>
    /// <param name="progress">Bytes of the disk dealt with, holes included.</param>
    /// <param name="cancellationToken">Stops between two parts; what has become a hole by then stays one.</param>
    /// <exception cref="DiskNotFoundException">There is none, or it was deleted meanwhile.</exception>
    /// <exception cref="BlockCorruptedException">A map node, or a block of zeros, is not what was written; it stays.</exception>
    public async Task<SparsifyReport> SparsifyAsync(
        string diskName, bool dryRun = false, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(diskName);
        if (!dryRun)
        {
            _core.ThrowIfReadOnly($"sparsifying the disk '{diskName}'");
        }

        using var disk = (DiskBase)DiskHandles.Open(_core, diskName);
        var pass = new SparsifyPass(disk, (DiskVolume)disk.View, dryRun, progress);
        Task<SparsifyReport> work = _core.Options.HasThreads
            ? Task.Run(() => pass.RunAsync(cancellationToken), cancellationToken)
            : pass.RunAsync(cancellationToken);
        SparsifyReport report = await work.ConfigureAwait(false);
        if (report.HoleBytes > 0 && !dryRun)
        {
            await _core.FlushAsync().ConfigureAwait(false);
        }

        return report;
    }

    /// <summary>
    /// Says that somebody writes to a disk, until the result is disposed: rollback is refused meanwhile. A server does this for a client;
    /// a program that uses the disk itself need not.
    /// </summary>
    /// <param name="diskName">The disk.</param>
    /// <param name="user">Who, in words that whoever is refused understands.</param>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public IDisposable Attach(string diskName, string user)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(diskName);
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        using (_core.Gate.Enter())
        {
            return new DiskAttachment(_core.Gate, _core.Catalog.Find(diskName) ?? throw new DiskNotFoundException(diskName), user);
        }
    }

    /// <summary>As <see cref="Attach(string, string)"/>, by identity: never another disk that was given the name since.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="user">Who, in words that whoever is refused understands.</param>
    /// <exception cref="DiskNotFoundException">There is none any more.</exception>
    public IDisposable Attach(DiskId disk, string user)
    {
        ThrowIfDisposed();
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        using (_core.Gate.Enter())
        {
            return new DiskAttachment(_core.Gate, _core.Catalog.FindLive(disk) ?? throw new DiskNotFoundException(disk.ToString()), user);
        }
    }

    /// <summary>The users of a disk who are attached to it (<see cref="Attach(string, string)"/>), in the order they came.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public IReadOnlyList<string> UsersOf(string diskName)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(diskName);
        using (_core.Gate.Enter())
        {
            return [.. (_core.Catalog.Find(diskName) ?? throw new DiskNotFoundException(diskName)).Attachments.Select(attachment => attachment.User)];
        }
    }
}
