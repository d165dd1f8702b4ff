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
            // Also when nothing was due: an earlier pass may have deleted something and found no space to flush it.
            await core.FlushAsync().ConfigureAwait(false);
        }

        return new ExpiryResult(expired, purged, undone, kept);

        (PoolOperation? Operation, Due Due) Step(ChainState chain)
        {
            if (core.Catalog.Find(chain.Volume.Number) != chain || chain.Change is not null)
            {
                return (null, new Due([], [])); // it is gone, or is being changed and has its turn at the next pass
            }

            DateTimeOffset now = core.Clock.Calendar;
            List<SnapshotState> due = [.. chain.States.Where(state => EndOf(state) <= now)];
            List<SnapshotState> doomed = [.. due.Where(state => MayGo(core, state)).Take(dryRun ? int.MaxValue : Deletion.AtOnceMax)];
            Snapshot[] spared = doomed.Count < Deletion.AtOnceMax ? [.. due.Where(state => !MayGo(core, state)).Select(core.Describe)] : [];
            PoolOperation? operation = dryRun ? null : Deletion.Of(core, chain, doomed, TimeSpan.Zero, DeletionCause.Retention);
            return (operation, new Due([.. doomed.Select(state => (state.Place, state.Facts))], spared));
        }
    }

    // What one step finds due in a chain: what goes, with the place where it was, and, told by the chain's last step, what something keeps.
    private sealed record Due(IReadOnlyList<(SnapshotPlace Place, Snapshot Facts)> Doomed, IReadOnlyList<Snapshot> Kept)
    {
        public IEnumerable<Snapshot> In(SnapshotPlace place) => Doomed.Where(gone => gone.Place == place).Select(gone => gone.Facts);
    }

    private static DateTimeOffset? EndOf(SnapshotState state) => state.Place == SnapshotPlace.Trash ? state.Facts.PurgeAfter : state.Facts.Expires;

    // What is in the trash was not held when it was deleted, and nothing can hold it since. Undo points cannot be held.
    private static bool MayGo(PoolCore core, SnapshotState state) => state.Place != SnapshotPlace.Listed || Protection.IsFree(core, state);
}
