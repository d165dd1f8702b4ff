using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>Something stored that is not what was written. Immutable.</summary>
/// <param name="Code">
/// A stable word: "block-corrupted", "node-corrupted" (a map node), "catalog-corrupted" (a description of disks and snapshots; repair the pool),
/// "header-corrupted" (of a segment; loses no data), "file-missing", "index-corrupted" (of a container), "records-corrupted" (the log's description
/// of blocks, which may themselves be sound), "counts-corrupted" (costs space, no data).
/// </param>
/// <param name="Message">What, where, and why.</param>
/// <param name="File">The file it lies in.</param>
/// <param name="Ranges">
/// Every range of a disk, snapshot, deleted snapshot or undo point that cannot be read because of it. Empty when no data are lost.
/// </param>
public sealed record PoolDamage(string Code, string Message, string File, IReadOnlyList<DamagedRange> Ranges)
{
    /// <summary><inheritdoc cref="PoolDamage" path="/param[@name='Ranges']/node()"/></summary>
    public IReadOnlyList<DamagedRange> Ranges { get; init => field = Printed.Of(value); } = Printed.Of(Ranges);
}
