using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>A snapshot in memory: its facts and its root. Guarded by the gate; the facts never change.</summary>
internal sealed class SnapshotState(Snapshot facts, MapRoot root) : IRootHolder
{
    public Snapshot Facts { get; } = facts;

    public MapRoot Root { get; set; } = root;
}
