namespace BlockSnap.Cli;

/// <summary>What a report shows of a disk.</summary>
/// <param name="Usage">The disk.</param>
/// <param name="Snapshots">Its snapshots, oldest first.</param>
/// <param name="Ages">The ages of the disk's ranges, which are all equally long; empty for a deleted disk.</param>
internal sealed record ReportDisk(DiskUsage Usage, IReadOnlyList<SnapshotUsage> Snapshots, IReadOnlyList<int> Ages);
