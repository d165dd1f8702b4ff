namespace BlockSnap.Cli;

/// <summary>What one disk and its chain refer to.</summary>
internal sealed record DiskUsageFacts(
    string Id, string Name, long LogicalBytes, long ReferencedBytes, long SnapshotBytes, long ExclusiveBytes)
{
    public static DiskUsageFacts Of(DiskUsage usage) =>
        new(usage.Id.ToString(), usage.Name, usage.LogicalBytes, usage.ReferencedBytes, usage.SnapshotBytes, usage.ExclusiveBytes);
}
