namespace BlockSnap;

/// <summary>One snapshot of a group. Immutable.</summary>
/// <param name="DiskId">The disk.</param>
/// <param name="SnapshotId">Its snapshot.</param>
public readonly record struct SnapshotGroupMember(DiskId DiskId, SnapshotId SnapshotId);
