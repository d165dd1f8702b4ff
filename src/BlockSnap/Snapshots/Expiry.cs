using System.Diagnostics;
using BlockSnap.Diagnostics;

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
            cancellationToken.ThrowIfCancellationRequested();
            while (core.Commit(() => Step(chain)) == Deletion.AtOnceMax && !dryRun)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        if (!dryRun && expired.Count + purged.Count + undone.Count > 0)
        {
            await core.FlushAsync().ConfigureAwait(false);
            core.AfterRelease();
        }

        return new ExpiryResult(expired, purged, undone, kept);

        (PoolOperation? Operation, int Count) Step(ChainState chain)
        {
            if (core.Catalog.Find(chain.Volume.Number) != chain || chain.Change is not null)
            {
                return (null, 0); // it is gone, or its turn comes later
            }

            DateTimeOffset now = core.Clock.Calendar;
            List<SnapshotState> due = [.. chain.States.Where(state => (state.Place == SnapshotPlace.Trash ? state.Facts.PurgeAfter : state.Facts.Expires) <= now)];
            List<SnapshotState> doomed = [.. due.Where(state => MayGo(core, state)).Take(dryRun ? int.MaxValue : Deletion.AtOnceMax)];
            if (doomed.Count < Deletion.AtOnceMax)
            {
                kept.AddRange(due.Where(state => !MayGo(core, state)).Select(core.Describe));
            }

            foreach (SnapshotState state in doomed)
            {
                (state.Place switch { SnapshotPlace.Trash => purged, SnapshotPlace.Undo => undone, _ => expired }).Add(state.Facts);
            }

            return (dryRun ? null : Deletion.Of(core, chain, doomed, TimeSpan.Zero, DeletionCause.Retention), doomed.Count);
        }
    }

    // What lies in the trash was let go of when it was deleted.
    private static bool MayGo(PoolCore core, SnapshotState state) => state.Place != SnapshotPlace.Listed || Protection.IsFree(core, state);
}
