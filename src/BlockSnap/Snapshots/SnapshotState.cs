using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>A snapshot in memory: its facts and its root. Guarded by the gate; the facts change by operations only.</summary>
internal sealed class SnapshotState(Snapshot facts, MapRoot root, long order) : IRootHolder
{
    public Snapshot Facts { get; set; } = facts;

    public MapRoot Root { get; set; } = root;

    /// <summary>Grows with each snapshot of the pool: the order in a chain, where two may have one time.</summary>
    public long Order { get; } = order;

    public required SnapshotPlace Place { get; set; }
}
