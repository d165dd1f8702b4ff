using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What <see cref="DiskPool.CompactAsync"/> did. Immutable.</summary>
/// <param name="DamagedFiles">
/// The data files that were left as they are because something in them is damaged; a scrub says what, a repair leaves it behind.
/// </param>
public sealed record CompactionReport(IReadOnlyList<string> DamagedFiles)
{
    /// <summary><inheritdoc cref="CompactionReport" path="/param[@name='DamagedFiles']/node()"/></summary>
    public IReadOnlyList<string> DamagedFiles { get; init => field = Printed.Of(value); } = Printed.Of(DamagedFiles);
}
