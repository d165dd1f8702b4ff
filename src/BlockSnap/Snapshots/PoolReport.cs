using BlockSnap.Storage;

namespace BlockSnap.Snapshots;

/// <summary>What a pool holds, family by family.</summary>
internal static class PoolReport
{
    public static PoolUsage Of(PoolCore core, CancellationToken cancellationToken)
    {
        List<ChainState> chains;
        using (core.Gate.Enter())
        {
            chains = [.. core.Catalog.All.OrderBy(chain => chain.Volume.Name, StringComparer.Ordinal)];
        }

        long referenced = 0;
        var reports = new Dictionary<uint, SharingReport>();
        foreach (uint family in chains.Select(chain => chain.Family).Distinct())
        {
            reports[family] = SharingReport.Of(core, family, cancellationToken);
            referenced += reports[family].ReferencedBytes;
        }

        core.Store.Ledger.Drain();
        StoreUsage store = core.Store.GetUsage();
        List<DiskUsage> disks =
        [
            .. chains.Where(chain => reports[chain.Family].Knows(chain)).Select(chain => new DiskUsage(
                chain.Volume.Id,
                chain.Volume.Name,
                chain.Volume.IsReleased ? 0 : chain.Volume.Size,
                reports[chain.Family].ReferencedBy(chain),
                reports[chain.Family].SnapshotBytesOf(chain),
                reports[chain.Family].ExclusiveOf(chain))),
        ];
        return new PoolUsage(disks.Sum(disk => disk.LogicalBytes), referenced, store.PhysicalBytes, store.DeadBytes, disks);
    }
}
