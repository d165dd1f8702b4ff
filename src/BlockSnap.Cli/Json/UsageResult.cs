namespace BlockSnap.Cli;

/// <summary>Printed by <c>usage</c>: all but the disks is of the whole pool, also when one disk was asked for.</summary>
internal sealed record UsageResult(
    long LogicalBytes,
    long ReferencedBytes,
    long PhysicalBytes,
    long DeadBytes,
    IReadOnlyList<DiskUsageFacts> Disks,
    long ExclusiveBytes,
    long SharedBytes,
    long MapBytes);
