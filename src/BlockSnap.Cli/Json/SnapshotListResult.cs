namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot list</c>, oldest first.</summary>
internal sealed record SnapshotListResult(string Disk, IReadOnlyList<SnapshotFacts> Snapshots);
