using BlockSnap.Catalogs;

namespace BlockSnap.Snapshots;

/// <content>Retention, holds and locks.</content>
internal sealed partial class SnapshotChain
{
    public Task<Snapshot> SetRetentionAsync(string name, int? days, CancellationToken cancellationToken = default)
    {
        Names.CheckRetention(days);
        return MarkAsync(name, cancellationToken, snapshot => snapshot.Facts with { Expires = End() }, orUndoPoint: true);

        DateTimeOffset? End() => days is { } count ? core.Clock.Calendar.AddDays(count) : null;
    }

    public Task<Snapshot> HoldAsync(string name, string hold, CancellationToken cancellationToken = default)
    {
        Names.CheckHold(hold);
        return MarkAsync(name, cancellationToken, snapshot =>
        {
            Snapshot facts = snapshot.Facts;
            return facts.Holds.Contains(hold) ? facts
                : facts.Holds.Count < Names.HoldsMax ? facts with { Holds = [.. facts.Holds, hold] }
                : throw new ConflictException($"'{DiskName}@{name}' has {Names.HoldsMax} holds, which is the most");
        });
    }

    public Task<Snapshot> ReleaseHoldAsync(string name, string hold, CancellationToken cancellationToken = default)
    {
        Names.CheckHold(hold);
        return MarkAsync(name, cancellationToken, snapshot => snapshot.Facts.Holds.Contains(hold)
            ? snapshot.Facts with { Holds = [.. snapshot.Facts.Holds.Where(other => other != hold)] }
            : throw new ConflictException($"'{DiskName}@{name}' has no hold '{hold}'"));
    }

    public Task<Snapshot> LockAsync(string name, int days, TimeSpan coolOff = default, CancellationToken cancellationToken = default)
    {
        if (days is < 1 or > SnapshotLock.DaysMax)
        {
            throw new ArgumentOutOfRangeException(nameof(days), days, $"A lock is 1 to {SnapshotLock.DaysMax} days.");
        }

        if (coolOff < TimeSpan.Zero || coolOff > TimeSpan.FromHours(SnapshotLock.CoolOffHoursMax))
        {
            throw new ArgumentOutOfRangeException(nameof(coolOff), coolOff, $"The cool-off of a lock is 0 to {SnapshotLock.CoolOffHoursMax} hours.");
        }

        return MarkAsync(name, cancellationToken, snapshot =>
        {
            DateTimeOffset now = core.Clock.Now;
            TimeSpan elapsed = core.Clock.Elapsed;
            var length = TimeSpan.FromDays(days);
            var wanted = new SnapshotLock(now + length, now + coolOff) { UntilElapsed = elapsed + length, CoolOffElapsed = elapsed + coolOff };
            if (!Protection.IsLocked(core, snapshot.Facts))
            {
                return snapshot.Facts with { Lock = wanted };
            }

            SnapshotLock held = snapshot.Facts.Lock!;
            if (!Protection.IsInCoolOff(core, held) && wanted.UntilElapsed <= held.UntilElapsed)
            {
                throw new SnapshotLockedException(DiskName, name, held.Until);
            }

            // The cool-off stays that of the first call: it cannot be drawn out by calling again.
            return snapshot.Facts with { Lock = wanted with { CoolOffUntil = held.CoolOffUntil, CoolOffElapsed = held.CoolOffElapsed } };
        });
    }

    public Task<Snapshot> UnlockAsync(string name, CancellationToken cancellationToken = default) => MarkAsync(name, cancellationToken, snapshot =>
        Protection.IsLocked(core, snapshot.Facts) && !Protection.IsInCoolOff(core, snapshot.Facts.Lock!)
            ? throw new SnapshotLockedException(DiskName, name, snapshot.Facts.Lock!.Until)
            : snapshot.Facts with { Lock = null });

    // With a lock goes a reading of the pool's own time, so that it goes on from there after a crash.
    private async Task<Snapshot> MarkAsync(
        string name, CancellationToken cancellationToken, Func<SnapshotState, Snapshot> change, bool orUndoPoint = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotState marked = await core.CommitAsync<SnapshotState>(() =>
        {
            SnapshotState snapshot = orUndoPoint ? Get(name) : GetListed(name);
            Snapshot marks = change(snapshot);
            PoolOperation mark = new PoolOperation.MarkSnapshot(chain.Volume.Number, snapshot.Facts.Id, marks);
            PoolOperation operation = marks.Lock is null ? mark : new PoolOperation.Several([new PoolOperation.PutItem(core.Clock.Reading), mark]);
            return (marks == snapshot.Facts ? null : operation, snapshot);
        }).ConfigureAwait(false);
        using (core.Gate.Enter())
        {
            return core.Describe(marked);
        }
    }
}
