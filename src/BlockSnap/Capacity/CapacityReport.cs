using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Pools;
using BlockSnap.Storage;

namespace BlockSnap.Capacity;

/// <summary>
/// What states of disks refer to, exactly, without a walk of the pool (R40). Each map counts its mapped blocks as they change; totals come
/// from the reference counts. What only one state refers to is counted by a release in thought, and what a snapshot adds to those before it
/// by a comparison with them. Both take time in proportion to their answer, and the answer is kept until something may have changed it.
/// </summary>
internal sealed class CapacityReport(PoolCore core, CancellationToken cancellationToken)
{
    /// <summary>What a chain's snapshots refer to, oldest first; those that are deleted meanwhile are left out.</summary>
    public List<SnapshotUsage> OfSnapshots(ChainState chain)
    {
        List<SnapshotState> listed;
        using (core.Gate.Enter())
        {
            listed = [.. chain.Snapshots];
        }

        var usage = new List<SnapshotUsage>(listed.Count);
        foreach (SnapshotState snapshot in listed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OfSnapshot(chain, snapshot) is { } counted)
            {
                usage.Add(counted);
            }
        }

        return usage;
    }

    /// <summary>What one snapshot refers to, or null when it is deleted meanwhile.</summary>
    public SnapshotUsage? OfSnapshot(ChainState chain, SnapshotState snapshot)
    {
        long referenced = ReferencedBy(chain, snapshot);
        long exclusive = ExclusiveOf(chain, snapshot);
        long stored = StoredBy(chain, snapshot, referenced);
        using (core.Gate.Enter())
        {
            return snapshot.Place == SnapshotPlace.Listed && core.Catalog.Find(snapshot.Facts.Id) == snapshot
                ? new SnapshotUsage(core.Describe(snapshot), stored, exclusive, referenced - exclusive, chain.Volume.BlockSize)
                : null;
        }
    }

    /// <summary>What a disk and its chain refer to.</summary>
    public DiskUsage OfDisk(ChainState chain)
    {
        List<SnapshotUsage> snapshots = OfSnapshots(chain);
        (long referenced, long exclusive) = OfHead(chain);
        List<SnapshotState> others;
        using (core.Gate.Enter())
        {
            others = [.. chain.Trash, .. chain.UndoPoints];
        }

        DiskVolume disk = chain.Volume;
        return new DiskUsage(
            disk.Id,
            disk.Name,
            disk.BlockSize,
            LogicalBytes: disk.IsReleased ? 0 : disk.Size,
            ReferencedBytes: referenced,
            ExclusiveBytes: exclusive,
            SnapshotCount: snapshots.Count,
            SnapshotLogicalBytes: snapshots.Sum(snapshot => snapshot.Snapshot.Size),
            SnapshotBytes: snapshots.Sum(snapshot => snapshot.StoredBytes),
            SnapshotExclusiveBytes: snapshots.Sum(snapshot => snapshot.ExclusiveBytes),
            KeptExclusiveBytes: others.Sum(state => ExclusiveOf(chain, state)));
    }

    /// <summary>What the pool holds.</summary>
    public PoolUsage OfPool()
    {
        List<ChainState> chains;
        using (core.Gate.Enter())
        {
            chains = [.. core.Catalog.All.OrderBy(chain => chain.Volume.Name, StringComparer.Ordinal)];
        }

        List<DiskUsage> disks = [.. chains.Select(OfDisk)];
        core.Store.Ledger.DrainAll(cancellationToken);
        StoreUsage store;
        long catalog;
        lock (core.Store.Ledger.Sync) // no checkpoint between the two: it would change the catalog's part of the live bytes
        {
            store = core.Store.GetUsage();
            using (core.Gate.Enter())
            {
                catalog = core.CatalogBytes;
            }
        }

        return new PoolUsage(
            LogicalBytes: disks.Sum(disk => disk.LogicalBytes),
            ReferencedBytes: store.LiveBytes - store.NodeBytes - catalog,
            ExclusiveBytes: disks.Sum(disk => disk.ExclusiveBytes + disk.SnapshotExclusiveBytes + disk.KeptExclusiveBytes),
            PhysicalBytes: store.PhysicalBytes,
            DeadBytes: store.DeadBytes,
            MapBytes: store.NodeBytes + catalog,
            disks);
    }

    /// <summary>For tests: whether what only a snapshot refers to was counted and cannot have changed since.</summary>
    internal static bool IsKnown(PoolCore core, ChainState chain, SnapshotState snapshot)
    {
        using (core.Gate.Enter())
        {
            return snapshot.Share is { } known && known == StampOf(core, chain, snapshot) with { Bytes = known.Bytes };
        }
    }

    private (long Referenced, long Exclusive) OfHead(ChainState chain)
    {
        MapHead head = chain.Volume.Head;
        int bytesLog2 = chain.Volume.BlockSize.Log2;
        while (true)
        {
            CountedShare stamp = default;
            long blocks = -1;
            using (core.Gate.Enter())
            {
                blocks = head.BlockCount ?? -1;
                stamp = StampOf(core, chain, null);
                if (blocks == 0 || (blocks > 0 && core.Catalog.FamilyOf(chain).IsOnly(chain, null)))
                {
                    return (blocks << bytesLog2, blocks << bytesLog2);
                }

                if (blocks > 0 && chain.HeadShare is { } known && known == stamp with { Bytes = known.Bytes })
                {
                    return (blocks << bytesLog2, known.Bytes);
                }
            }

            if (blocks < 0)
            {
                Recount(chain);
                continue;
            }

            ReleasePreview preview = ReleasePreview.Of(
                core,
                One(() => (blocks, stamp) = (head.BlockCount ?? -1, StampOf(core, chain, null)), () => head),
                cancellationToken);
            if (blocks >= 0)
            {
                using (core.Gate.Enter())
                {
                    chain.HeadShare = stamp with { Bytes = preview.Bytes };
                }

                return (blocks << bytesLog2, preview.Bytes);
            }
        }
    }

    private long ExclusiveOf(ChainState chain, SnapshotState state)
    {
        using (core.Gate.Enter())
        {
            if (state.Share is { } known && known == StampOf(core, chain, state) with { Bytes = known.Bytes })
            {
                return known.Bytes;
            }
        }

        CountedShare stamp = default;
        ReleasePreview preview = ReleasePreview.Of(
            core,
            One(() => stamp = StampOf(core, chain, state), () => core.Catalog.Find(state.Facts.Id) == state ? state : null),
            cancellationToken);
        using (core.Gate.Enter())
        {
            state.Share = stamp with { Bytes = preview.Bytes };
        }

        return preview.Bytes;
    }

    // One state for a preview, or none when it is gone; the action runs at the preview's instant.
    private static Func<IEnumerable<IRootHolder>> One(Action atInstant, Func<IRootHolder?> state) => () =>
    {
        atInstant();
        return state() is { } present ? [present] : [];
    };

    // What must stay as it is for a share that was counted to be right still; null for the head. Gate held.
    private static CountedShare StampOf(PoolCore core, ChainState chain, SnapshotState? state)
    {
        // A chain that is gone shares nothing any more.
        if (core.Catalog.Find(chain.Volume.Number) != chain)
        {
            return default;
        }

        DiskFamily family = core.Catalog.FamilyOf(chain);
        return state is null
            ? new CountedShare(0, family.Losses, family.WritesBeside(null, chain), (chain.HeadOrigin, chain.Volume.Head.Changes))
            : new CountedShare(0, family.Losses, family.WritesBeside(state));
    }

    private long ReferencedBy(ChainState chain, SnapshotState snapshot)
    {
        PinnedRoot pin;
        using (core.Gate.Enter())
        {
            if (snapshot.Blocks is { } blocks)
            {
                return blocks << chain.Volume.BlockSize.Log2;
            }

            if (core.Catalog.Find(snapshot.Facts.Id) != snapshot)
            {
                return 0;
            }

            pin = core.Pins.Hold(snapshot.Root);
        }

        using (pin)
        {
            long counted = CountBlocks([pin]);
            using (core.Gate.Enter())
            {
                snapshot.Blocks = counted;
            }

            return counted << chain.Volume.BlockSize.Log2;
        }
    }

    // Counts the head's blocks anew. What is written or discarded meanwhile is added; when that loses count too, whoever asks next begins again.
    private void Recount(ChainState chain)
    {
        MapHead head = chain.Volume.Head;
        PinnedRoot pin;
        long begun;
        using (core.Gate.Enter())
        {
            begun = ++head.CountsLost;
            head.Blocks = 0;
            pin = core.Pins.Freeze(head, core.Store.Log.LastName);
        }

        using (pin)
        {
            long counted = CountBlocks([pin]);
            using (core.Gate.Enter())
            {
                if (head.CountsLost == begun)
                {
                    head.Blocks += counted;
                    head.IsCounted = true;
                }
            }
        }
    }

    // The first snapshot stores all it refers to. A straight one differs from its predecessor in younger blocks only, so it is compared with
    // that one alone; any other with all earlier ones.
    private long StoredBy(ChainState chain, SnapshotState snapshot, long referenced)
    {
        var pins = new List<PinnedRoot>();
        try
        {
            SnapshotState predecessor;
            long listChanges;
            using (core.Gate.Enter())
            {
                int index = chain.IndexOf(snapshot);
                if (index <= 0)
                {
                    return index == 0 ? referenced : 0;
                }

                predecessor = chain.Snapshots[index - 1];
                listChanges = chain.ListChanges;
                if (snapshot.Stored is { } known
                    && known.Predecessor == predecessor
                    && (snapshot.IsStraight || known.ListChanges == listChanges))
                {
                    return known.Bytes;
                }

                for (int i = snapshot.IsStraight ? index - 1 : 0; i <= index; i++)
                {
                    pins.Add(core.Pins.Hold(chain.Snapshots[i].Root));
                }
            }

            long stored = CountBlocks(pins) << chain.Volume.BlockSize.Log2;
            using (core.Gate.Enter())
            {
                snapshot.Stored = (predecessor, listChanges, stored);
            }

            return stored;
        }
        finally
        {
            pins.ForEach(pin => pin.Dispose());
        }
    }

    // The number of blocks that only the last of some maps has. What lies below damaged nodes is not counted.
    private long CountBlocks(IReadOnlyList<IRootHolder> maps)
    {
        long blocks = 0;
        int last = maps.Count - 1;
        var walk = new SharingWalk(core.Engine.Reader, cancellationToken);
        walk.Run(maps, owners => owners[0] == last, (_, _, owners) => blocks += owners[0] == last ? 1 : 0);
        return blocks;
    }
}
