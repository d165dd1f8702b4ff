namespace BlockSnap;

/// <summary>What a pool holds, in bytes.</summary>
/// <param name="LogicalBytes">The sizes of all disks.</param>
/// <param name="ReferencedBytes">The blocks that heads and snapshots refer to, each counted once; map nodes not included.</param>
/// <param name="PhysicalBytes">What the pool's files occupy.</param>
/// <param name="DeadBytes">Stored blocks that nothing refers to and compaction has not yet given back.</param>
/// <param name="Disks">Per disk.</param>
public sealed record PoolUsage(long LogicalBytes, long ReferencedBytes, long PhysicalBytes, long DeadBytes, IReadOnlyList<DiskUsage> Disks);
