using BlockSnap.Catalogs;

namespace BlockSnap.Pools;

/// <content>The facts of snapshots as callers see them, from the freeze point until they are durable.</content>
internal sealed partial class PoolCore
{
    /// <summary>Snapshots that were made and are not yet known to be durable, or failed to become so. Guarded by the gate.</summary>
    public Dictionary<SnapshotId, UnsettledSnapshot> Unsettled { get; } = [];

    // Bytes of the log that have been handed to the device.
    private long HandedBytes => Store.Log.AppendedBytes - Store.Log.PendingBytes;

    /// <summary>Says that a snapshot has just been made. Gate held.</summary>
    public void Await(SnapshotId made) =>
        Unsettled[made] = new UnsettledSnapshot(SnapshotStatus.Progressing, HandedBytes, Store.Log.AppendedBytes);

    /// <summary>A snapshot as callers see it, with what follows from other items. Gate held.</summary>
    public Snapshot Describe(SnapshotState snapshot)
    {
        Snapshot facts = snapshot.Facts;
        int clones = Catalog.ClonesOf(facts.Id).Count;
        int images = Catalog.ImagesOf(facts.Id).Count();
        if (clones + images > 0)
        {
            facts = facts with { CloneCount = clones, ImageCount = images };
        }

        return Unsettled.TryGetValue(facts.Id, out UnsettledSnapshot making)
            ? facts with { Status = making.Status, ProgressPercent = making.Percent(HandedBytes) }
            : facts;
    }

    /// <summary>The snapshots that a flush which begins now makes durable.</summary>
    public SnapshotId[] UnsettledNow()
    {
        using (Gate.Enter())
        {
            return Unsettled.Count == 0 ? [] : [.. Unsettled.Keys];
        }
    }

    /// <summary>Says that new snapshots are durable.</summary>
    public void Settle(SnapshotId[] ids)
    {
        if (ids.Length == 0)
        {
            return;
        }

        using (Gate.Enter())
        {
            foreach (SnapshotId id in ids)
            {
                Unsettled.Remove(id);
            }
        }
    }

    /// <summary>
    /// Says that a flush failed that was to make snapshots durable. Those that an earlier one made so stay as they are. In a pool that goes on (it
    /// lacked space) the others are progressing still, until a flush succeeds.
    /// </summary>
    public void SettleFailed(IEnumerable<SnapshotId> ids)
    {
        using (Gate.Enter())
        {
            if (Store.Log.IsFaulted)
            {
                foreach (SnapshotId id in ids.Where(Unsettled.ContainsKey))
                {
                    Unsettled[id] = Unsettled[id] with { Status = SnapshotStatus.Failed };
                }
            }
        }
    }
}
