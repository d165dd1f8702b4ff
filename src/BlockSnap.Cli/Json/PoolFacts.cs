using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A pool. Deleted disks are not counted, but their snapshots are.</summary>
internal sealed record PoolFacts(string Id, string Path, int FormatVersion, string Created, int Disks, int Snapshots)
{
    /// <summary>Why the pool makes no snapshots; left out when it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Suspended { get; init; }

    /// <summary>How many snapshots a disk may have.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuotaFacts? Quota { get; init; }

    public static PoolFacts Of(DiskPool pool)
    {
        IReadOnlyList<DiskInfo> disks = pool.ListDisks(includeReleased: true);
        return new PoolFacts(
            pool.Id.ToString(),
            pool.Location,
            pool.FormatVersion,
            TimeText.Exact(pool.Created),
            disks.Count(disk => !disk.IsReleased),
            disks.Sum(disk => disk.SnapshotCount))
        {
            Suspended = pool.SuspendReason,
            Quota = QuotaFacts.Of(pool.Quota),
        };
    }
}
