namespace BlockSnap.Simulation;

/// <summary>What a pool says that disks and snapshots store, beside what the model knows.</summary>
internal static class UsageComparison
{
    /// <summary>The first difference, or null.</summary>
    public static async Task<string?> FindAsync(PoolModel model, DiskPool pool)
    {
        PoolUsage usage = await pool.GetUsageAsync();
        if (usage.LogicalBytes != model.LiveDisks.Sum(disk => disk.Head.Size))
        {
            return $"the disks have {model.LiveDisks.Sum(disk => disk.Head.Size)} bytes, and {usage.LogicalBytes} are told";
        }

        foreach (DiskModel disk in model.Disks)
        {
            string? difference = OfSnapshots(model, disk, await pool.OpenChain(disk.Name).GetUsageAsync())
                ?? (disk.IsReleased ? null : OfHead(model, disk, usage.Disks.Single(entry => entry.Name == disk.Name)));
            if (difference is not null)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? OfSnapshots(PoolModel model, DiskModel disk, IReadOnlyList<SnapshotUsage> usage)
    {
        if (!usage.Select(entry => entry.Snapshot.Name).SequenceEqual(disk.Snapshots.Select(snapshot => snapshot.Name)))
        {
            return $"{disk.Name} has {disk.Snapshots.Count} snapshots, and {usage.Count} are counted";
        }

        return disk.Snapshots.Zip(usage).Select(pair => Of(pair.First, pair.Second)).FirstOrDefault(difference => difference is not null);

        string? Of(SnapshotModel snapshot, SnapshotUsage told) =>
            Find(PoolModel.Stored(disk, snapshot), told.StoredBytes, $"StoredBytes of {disk.Name}@{snapshot.Name}")
            ?? Find(model.Exclusive([snapshot.State]), told.ExclusiveBytes, $"ExclusiveBytes of {disk.Name}@{snapshot.Name}")
            ?? Find(ByteBounds.Of(snapshot.State.Blocks.Values), told.ExclusiveBytes + told.SharedBytes, $"ExclusiveBytes + SharedBytes of {disk.Name}@{snapshot.Name}");
    }

    private static string? OfHead(PoolModel model, DiskModel disk, DiskUsage told) =>
        (told.LogicalBytes == disk.Head.Size ? null : $"{disk.Name} has {disk.Head.Size} bytes, and {told.LogicalBytes} are told")
        ?? Find(ByteBounds.Of(disk.Head.Blocks.Values), told.ReferencedBytes, $"ReferencedBytes of {disk.Name}")
        ?? Find(model.Exclusive([disk.Head]), told.ExclusiveBytes, $"ExclusiveBytes of {disk.Name}")
        ?? Find(ByteBounds.Of(disk.Snapshots.SelectMany(snapshot => snapshot.State.Blocks.Values)), told.SnapshotBytes, $"SnapshotBytes of {disk.Name}");

    private static string? Find(ByteBounds right, long told, string what) => right.Holds(told) ? null : $"{what}: {told} instead of {right}";
}
