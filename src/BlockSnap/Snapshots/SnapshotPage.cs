using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>Some of the snapshots that a filter matches, in the order in which they were made. Immutable.</summary>
/// <param name="Snapshots">The snapshots.</param>
/// <param name="NextPageToken">
/// Where to go on, or null when these were the last. It stays good whatever is made or deleted in between: no snapshot comes twice, none
/// that is there throughout is left out.
/// </param>
public sealed record SnapshotPage(IReadOnlyList<Snapshot> Snapshots, string? NextPageToken)
{
    /// <summary><inheritdoc cref="SnapshotPage" path="/param[@name='Snapshots']/node()"/></summary>
    public IReadOnlyList<Snapshot> Snapshots { get; init => field = Printed.Of(value); } = Printed.Of(Snapshots);
}
