namespace BlockSnap;

/// <summary>What one snapshot refers to, in bytes of whole blocks.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="StoredBytes">Blocks that no earlier snapshot of the chain refers to; the sum over the chain is its capacity.</param>
/// <param name="ExclusiveBytes">Blocks that nothing else refers to: what deleting it alone would free now.</param>
/// <param name="SharedBytes">The rest of what it refers to.</param>
public sealed record SnapshotUsage(Snapshot Snapshot, long StoredBytes, long ExclusiveBytes, long SharedBytes);
