using BlockSnap.Capacity;
using BlockSnap.Catalogs;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>What deletions of one snapshot, of many, of groups and by retention have in common.</summary>
internal static class Deletion
{
    /// <summary>The most snapshots that one record names; more go in several steps, in order.</summary>
    public const int AtOnceMax = 1000;

    /// <summary>How long what is deleted can be had back: by the options of the call, else by those of the pool.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The options of the call ask for too long, or less than nothing.</exception>
    public static TimeSpan GraceOf(PoolCore core, SnapshotDeleteOptions options)
    {
        TimeSpan grace = options.TrashGrace ?? core.Options.TrashGrace;
        return grace >= TimeSpan.Zero && grace <= TimeSpan.FromDays(DiskPoolOptions.TrashDaysMax)
            ? grace
            : throw new ArgumentOutOfRangeException(
                nameof(options), grace, $"The grace period of the trash is zero to {DiskPoolOptions.TrashDaysMax} days.");
    }

    /// <summary>The operation that deletes some snapshots of a chain, or null for none. Gate held.</summary>
    /// <param name="core">The pool.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="doomed">The snapshots, at most <see cref="AtOnceMax"/>.</param>
    /// <param name="grace">How long they stay in the trash; zero deletes them at once.</param>
    /// <param name="cause">Why, for the events.</param>
    public static PoolOperation? Of(
        PoolCore core, ChainState chain, IReadOnlyCollection<SnapshotState> doomed, TimeSpan grace, DeletionCause cause = DeletionCause.Call)
    {
        if (doomed.Count == 0)
        {
            return null;
        }

        DateTimeOffset? purgeAfter = grace == TimeSpan.Zero ? null : core.Clock.Calendar + grace;
        return new PoolOperation.DeleteSnapshots(chain.Volume.Number, purgeAfter, [.. doomed.Select(snapshot => snapshot.Facts.Id)])
        {
            Cause = cause,
        };
    }

    /// <summary>R28: the automatic snapshots that go with their disk, if that was asked for; not those that something holds. Gate held.</summary>
    public static List<SnapshotState> WithDisk(PoolCore core, ChainState chain)
    {
        if (!core.Catalog.PolicyItemOf(chain.Volume.Id).DeletesSnapshots)
        {
            return [];
        }

        return [.. chain.Snapshots.Where(snapshot => snapshot.Facts.Kind == SnapshotKind.Automatic && Protection.IsFree(core, snapshot))];
    }

    /// <summary>What deleting any set of snapshots would free, exactly.</summary>
    public static DeletePreview Preview(PoolCore core, IReadOnlyCollection<SnapshotState> doomed, CancellationToken cancellationToken)
    {
        List<Snapshot> facts;
        List<string> clones;
        using (core.Gate.Enter())
        {
            List<SnapshotState> present = [.. Present()];
            facts = [.. present.OrderBy(snapshot => snapshot.Place == SnapshotPlace.Undo).ThenBy(snapshot => snapshot.Order).Select(core.Describe)];
            clones = [.. present.SelectMany(snapshot => core.Catalog.ClonesOf(snapshot.Facts.Id)).Select(clone => clone.Volume.Name)];
        }

        ReleasePreview preview = ReleasePreview.Of(core, Present, cancellationToken);
        return new DeletePreview(facts, preview.Bytes, clones);

        IEnumerable<SnapshotState> Present() => doomed.Where(snapshot => core.Catalog.Find(snapshot.Facts.Id) == snapshot);
    }

    /// <summary>What deleting a disk would free, exactly. What goes into the trash frees nothing yet.</summary>
    public static DeletePreview PreviewDisk(PoolCore core, ChainState chain, CancellationToken cancellationToken)
    {
        List<Snapshot> facts;
        using (core.Gate.Enter())
        {
            facts = [.. WithDisk(core, chain).Concat(chain.UndoPoints).Select(core.Describe)];
        }

        bool atOnce = core.Options.TrashGrace == TimeSpan.Zero;
        ReleasePreview preview = ReleasePreview.Of(
            core, () => [chain.Volume.Head, .. chain.UndoPoints, .. atOnce ? WithDisk(core, chain) : []], cancellationToken);
        return new DeletePreview(facts, preview.Bytes, []);
    }

    /// <summary>Deletes every snapshot that nothing holds. Acknowledged, not yet durable.</summary>
    public static DeletePreview Purge(PoolCore core, bool dryRun, CancellationToken cancellationToken)
    {
        List<SnapshotState> doomed;
        using (core.Gate.Enter())
        {
            IEnumerable<SnapshotState> all = core.Catalog.All.SelectMany(chain => chain.Snapshots.Concat(chain.Trash));
            doomed = [.. all.Where(snapshot => Protection.IsFree(core, snapshot))];
        }

        DeletePreview preview = Preview(core, doomed, cancellationToken);
        foreach (SnapshotState[] part in dryRun ? [] : doomed.Chunk(AtOnceMax / 2))
        {
            cancellationToken.ThrowIfCancellationRequested();
            core.Commit<bool>(() =>
            {
                IEnumerable<IGrouping<ChainState, SnapshotState>> chains = part
                    .Where(snapshot => core.Catalog.Find(snapshot.Facts.Id) == snapshot && Protection.IsFree(core, snapshot))
                    .GroupBy(core.Catalog.ChainOf);
                IEnumerable<IGrouping<ChainState, SnapshotState>> unchanging = chains.Where(chain => chain.Key.Change is null);
                PoolOperation[] parts = [.. unchanging.Select(chain => Of(core, chain.Key, [.. chain], TimeSpan.Zero)!)];
                return (parts.Length == 0 ? null : new PoolOperation.Several(parts), true);
            });
        }

        return preview;
    }
}
