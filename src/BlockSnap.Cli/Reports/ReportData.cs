namespace BlockSnap.Cli;

/// <summary>What a report shows of a pool, read at one time.</summary>
internal sealed record ReportData(string Location, DateTimeOffset Time, PoolUsage Usage, IReadOnlyList<ReportDisk> Disks)
{
    /// <summary>Reads it; the work is in proportion to what the snapshots of the pool changed.</summary>
    public static async Task<ReportData> ReadAsync(DiskPool pool, TimeProvider time, CancellationToken cancellationToken)
    {
        PoolUsage usage = await pool.GetUsageAsync(cancellationToken);
        var disks = new List<ReportDisk>();
        foreach (DiskUsage disk in usage.Disks)
        {
            ISnapshotChain chain = pool.OpenChain(disk.Id.ToString());
            IReadOnlyList<SnapshotUsage> snapshots = await chain.GetUsageAsync(cancellationToken);
            int[] ages = chain.IsReleased ? [] : await AgeStrip.ReadAsync(pool, chain, snapshots, cancellationToken);
            disks.Add(new ReportDisk(disk, snapshots, ages));
        }

        return new ReportData(pool.Location, time.GetUtcNow(), usage, disks);
    }
}
