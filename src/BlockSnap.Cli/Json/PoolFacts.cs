using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A pool; snapshots are counted with those of deleted disks, disks are not.</summary>
internal sealed record PoolFacts(string Id, string Path, int FormatVersion, string Created, int Disks, int Snapshots)
{
    /// <summary>Why no snapshots are made; left out when they are.</summary>
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
