namespace BlockSnap;

/// <summary>What one disk and its chain refer to, in bytes of whole blocks.</summary>
/// <param name="Id">The disk.</param>
/// <param name="Name">Its name.</param>
/// <param name="LogicalBytes">Its size.</param>
/// <param name="ReferencedBytes">The blocks its head refers to.</param>
/// <param name="SnapshotBytes">The blocks its snapshots refer to, each counted once: the chain's capacity.</param>
/// <param name="ExclusiveBytes">The blocks that only this head refers to, no snapshot and no other disk.</param>
public sealed record DiskUsage(DiskId Id, string Name, long LogicalBytes, long ReferencedBytes, long SnapshotBytes, long ExclusiveBytes);
