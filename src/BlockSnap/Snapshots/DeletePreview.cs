using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What deleting a set of snapshots would do. Immutable.</summary>
/// <param name="Snapshots">The snapshots, in chain order.</param>
/// <param name="FreedBytes">The exact bytes of blocks that nothing else refers to.</param>
/// <param name="Clones">Names of live disks that were made from one of them: deleting needs force, and they go on working.</param>
public sealed record DeletePreview(IReadOnlyList<Snapshot> Snapshots, long FreedBytes, IReadOnlyList<string> Clones)
{
    /// <summary><inheritdoc cref="DeletePreview" path="/param[@name='Snapshots']/node()"/></summary>
    public IReadOnlyList<Snapshot> Snapshots { get; init => field = Printed.Of(value); } = Printed.Of(Snapshots);

    /// <summary><inheritdoc cref="DeletePreview" path="/param[@name='Clones']/node()"/></summary>
    public IReadOnlyList<string> Clones { get; init => field = Printed.Of(value); } = Printed.Of(Clones);
}
