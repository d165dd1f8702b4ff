using BlockSnap.Catalogs;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>What keeps a snapshot from being deleted: its lock (R51), holds, images (R36), disks made from it (R37). Gate held.</summary>
internal static class Protection
{
    /// <summary>Refuses to delete a snapshot that something keeps. Force overrides disks made from it, and nothing else.</summary>
    public static void ThrowIfKept(PoolCore core, ChainState chain, SnapshotState snapshot, bool force)
    {
        Snapshot facts = snapshot.Facts;
        if (IsLocked(core, facts))
        {
            throw new SnapshotLockedException(chain.Volume.Name, facts.Name, facts.Lock!.Until);
        }

        var users = new List<string>();
        users.AddRange(facts.Holds.Select(hold => $"hold '{hold}'"));
        users.AddRange(core.Catalog.ImagesOf(facts.Id).Select(image => $"image '{image.Name}'"));
        if (!force)
        {
            users.AddRange(core.Catalog.ClonesOf(facts.Id).Select(clone => $"clone '{clone.Volume.Name}'"));
        }

        if (users.Count > 0)
        {
            throw new SnapshotInUseException(chain.Volume.Name, facts.Name, users);
        }
    }

    /// <summary>Whether nothing keeps it, so that it may go without anybody being asked.</summary>
    public static bool IsFree(PoolCore core, SnapshotState snapshot) =>
        snapshot.Facts.Holds.Count == 0
        && !IsLocked(core, snapshot.Facts)
        && core.Catalog.ClonesOf(snapshot.Facts.Id).Count == 0
        && !core.Catalog.ImagesOf(snapshot.Facts.Id).Any();

    /// <summary>Whether it has a lock that has not ended.</summary>
    public static bool IsLocked(PoolCore core, Snapshot facts) => facts.Lock is { } held && held.UntilElapsed > core.Clock.Elapsed;

    /// <summary>Whether a lock can still be changed or taken off.</summary>
    public static bool IsInCoolOff(PoolCore core, SnapshotLock held) => held.CoolOffElapsed > core.Clock.Elapsed;
}
