namespace BlockSnap.Simulation;

/// <summary>The model of a snapshot: a name, a state that nothing changes any more, and what keeps it from being deleted.</summary>
internal sealed record SnapshotModel(string Name, DiskState State)
{
    public IReadOnlyList<string> Holds { get; init; } = [];

    public bool IsLocked { get; init; }

    /// <summary>Where it is among all snapshots of its disk, for its way back out of the trash.</summary>
    public int Order { get; init; }
}
