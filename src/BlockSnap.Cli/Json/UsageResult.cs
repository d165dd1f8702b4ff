namespace BlockSnap.Cli;

/// <summary>Printed by <c>usage</c>. All figures but those of the disks are of the whole pool, also when one disk was asked for.</summary>
internal sealed record UsageResult(
    long LogicalBytes,
    long ReferencedBytes,
    long PhysicalBytes,
    long DeadBytes,
    IReadOnlyList<DiskUsageFacts> Disks,
    long ExclusiveBytes,
    long SharedBytes,
    long MapBytes);
