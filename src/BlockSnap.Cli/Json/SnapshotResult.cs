namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot create</c> and <c>undelete</c>.</summary>
internal sealed record SnapshotResult(string Disk, SnapshotFacts Snapshot);
