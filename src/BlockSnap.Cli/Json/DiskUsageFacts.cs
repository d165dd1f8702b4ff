namespace BlockSnap.Cli;

/// <summary>What one disk and its chain refer to.</summary>
internal sealed record DiskUsageFacts(
    string Id,
    string Name,
    long LogicalBytes,
    long ReferencedBytes,
    long SnapshotBytes,
    long ExclusiveBytes,
    long SharedBytes,
    int BlockSize,
    int Snapshots,
    long SnapshotLogicalBytes,
    long SnapshotExclusiveBytes,
    long KeptExclusiveBytes,
    long PhysicalBytes,
    long SnapshotPhysicalBytes)
{
    public static DiskUsageFacts Of(DiskUsage usage) => new(
        usage.Id.ToString(),
        usage.Name,
        usage.LogicalBytes,
        usage.ReferencedBytes,
        usage.SnapshotBytes,
        usage.ExclusiveBytes,
        usage.SharedBytes,
        usage.BlockSize.Bytes,
        usage.SnapshotCount,
        usage.SnapshotLogicalBytes,
        usage.SnapshotExclusiveBytes,
        usage.KeptExclusiveBytes,
        usage.PhysicalBytes,
        usage.SnapshotPhysicalBytes);
}
