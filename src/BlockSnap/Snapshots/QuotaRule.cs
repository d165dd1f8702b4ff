using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>
/// R10 and R11: at the quota a manual snapshot is refused; an automatic one takes the place of the oldest automatic one that nothing holds.
/// </summary>
internal static class QuotaRule
{
    /// <summary>What holds: the option of whoever opened the pool, else what the pool keeps, else the default. Gate held.</summary>
    public static SnapshotQuota Of(PoolCore core) =>
        core.Options.SnapshotQuota ?? core.Catalog.Item<QuotaItem>(ItemKind.Quota, Guid.Empty)?.Quota ?? SnapshotQuota.Default;

    /// <summary>What must happen together with the creation of one more snapshot, null when there is room. Gate held.</summary>
    /// <exception cref="QuotaExceededException">There is no room, and nothing that may go.</exception>
    public static PoolOperation? MakeRoom(PoolCore core, ChainState chain, SnapshotKind kind)
    {
        SnapshotQuota quota = Of(core);
        bool isAutomatic = kind == SnapshotKind.Automatic;
        int automatic = chain.AutomaticCount;
        var evicted = new List<SnapshotId>();
        foreach (SnapshotState oldest in chain.Snapshots)
        {
            if (quota.Broken(chain.ManualCount, automatic, isAutomatic) is null)
            {
                break;
            }

            if (isAutomatic && oldest.Facts.Kind == SnapshotKind.Automatic && Protection.IsFree(core, oldest))
            {
                evicted.Add(oldest.Facts.Id);
                automatic--;
            }
        }

        return quota.Broken(chain.ManualCount, automatic, isAutomatic) is { } limit ? throw new QuotaExceededException(limit, chain.Volume.Name)
            : evicted.Count == 0 ? null
            : new PoolOperation.DeleteSnapshots(chain.Volume.Number, null, evicted) { Cause = DeletionCause.Quota };
    }
}
