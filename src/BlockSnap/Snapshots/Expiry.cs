using System.Diagnostics;
using BlockSnap.Catalogs;
using BlockSnap.Diagnostics;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>What goes by itself: snapshots and undo points after their retention (R19), the trash after its grace period.</summary>
internal static class Expiry
{
    /// <summary>Lists what is due and, unless it is a dry run, deletes it, chain by chain in the order in which the disks were made.</summary>
    public static async Task<ExpiryResult> RunAsync(PoolCore core, bool dryRun, CancellationToken cancellationToken)
    {
        using Activity? span = Telemetry.Start("blocksnap.pool.expire");
        List<ChainState> chains;
        using (core.Gate.Enter())
        {
            chains = [.. core.Catalog.All.OrderBy(chain => chain.Volume.Number)];
        }

        var expired = new List<Snapshot>();
        var purged = new List<Snapshot>();
        var undone = new List<Snapshot>();
        var kept = new List<Snapshot>();
        foreach (ChainState chain in chains)
        {
            bool more = true;
            while (more)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Due due = core.Commit(() => Step(chain));
                expired.AddRange(due.In(SnapshotPlace.Listed));
                purged.AddRange(due.In(SnapshotPlace.Trash));
                undone.AddRange(due.In(SnapshotPlace.Undo));
                kept.AddRange(due.Kept);
                more = due.Doomed.Count == Deletion.AtOnceMax && !dryRun;
            }
        }

        if (!dryRun)
        {
            await core.FlushAsync().ConfigureAwait(false); // also when nothing was due: what went before may lack a flush, refused for want of space
            if (expired.Count + purged.Count + undone.Count > 0)
            {
                core.AfterRelease();
            }
        }

        return new ExpiryResult(expired, purged, undone, kept);

        (PoolOperation? Operation, Due Due) Step(ChainState chain)
        {
            if (core.Catalog.Find(chain.Volume.Number) != chain || chain.Change is not null)
            {
                return (null, new Due([], [])); // it is gone, or its turn comes later
            }

            DateTimeOffset now = core.Clock.Calendar;
            List<SnapshotState> due = [.. chain.States.Where(state => (state.Place == SnapshotPlace.Trash ? state.Facts.PurgeAfter : state.Facts.Expires) <= now)];
            List<SnapshotState> doomed = [.. due.Where(state => MayGo(core, state)).Take(dryRun ? int.MaxValue : Deletion.AtOnceMax)];
            Snapshot[] spared = doomed.Count < Deletion.AtOnceMax ? [.. due.Where(state => !MayGo(core, state)).Select(core.Describe)] : [];
            return (dryRun ? null : Deletion.Of(core, chain, doomed, TimeSpan.Zero, DeletionCause.Retention), new Due([.. doomed.Select(state => (state.Place, state.Facts))], spared));
        }
    }

    // What of a chain is due: what goes, with the place where it was, and what something keeps, told with the last of what goes.
    private sealed record Due(IReadOnlyList<(SnapshotPlace Place, Snapshot Facts)> Doomed, IReadOnlyList<Snapshot> Kept)
    {
        public IEnumerable<Snapshot> In(SnapshotPlace place) => Doomed.Where(gone => gone.Place == place).Select(gone => gone.Facts);
    }

    // What lies in the trash was let go of when it was deleted.
    private static bool MayGo(PoolCore core, SnapshotState state) => state.Place != SnapshotPlace.Listed || Protection.IsFree(core, state);
}
