using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a pool holds, in bytes. Immutable.</summary>
/// <param name="LogicalBytes">The sizes of all disks.</param>
/// <param name="ReferencedBytes">
/// The blocks that heads and snapshots refer to, each counted once, and those that only an open reader still holds. Without map nodes.
/// </param>
/// <param name="ExclusiveBytes">Those of them that only one head or snapshot refers to.</param>
/// <param name="PhysicalBytes">What the pool's files occupy.</param>
/// <param name="DeadBytes">Stored blocks that nothing refers to and compaction has not yet given back.</param>
/// <param name="MapBytes">Map nodes and the catalog.</param>
/// <param name="Disks">What each disk refers to, by name; also of deleted disks of which snapshots are left.</param>
public sealed record PoolUsage(
    long LogicalBytes,
    long ReferencedBytes,
    long ExclusiveBytes,
    long PhysicalBytes,
    long DeadBytes,
    long MapBytes,
    IReadOnlyList<DiskUsage> Disks)
{
    /// <summary><inheritdoc cref="PoolUsage" path="/param[@name='Disks']/node()"/></summary>
    public IReadOnlyList<DiskUsage> Disks { get; init => field = Printed.Of(value); } = Printed.Of(Disks);

    /// <summary>Those that more than one head or snapshot refers to.</summary>
    public long SharedBytes => ReferencedBytes - ExclusiveBytes;
}
