namespace BlockSnap.Cli;

/// <summary>Printed by <c>usage</c>: the first four are of the whole pool, also when one disk was asked for.</summary>
internal sealed record UsageResult(
    long LogicalBytes, long ReferencedBytes, long PhysicalBytes, long DeadBytes, IReadOnlyList<DiskUsageFacts> Disks);
