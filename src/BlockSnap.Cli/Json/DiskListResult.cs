namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk list</c>.</summary>
internal sealed record DiskListResult(IReadOnlyList<DiskFacts> Disks);
