namespace BlockSnap.Simulation;

/// <summary>The model of a snapshot: a name and a state that nothing changes any more.</summary>
internal sealed record SnapshotModel(string Name, DiskState State);
