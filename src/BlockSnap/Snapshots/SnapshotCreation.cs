namespace BlockSnap;

/// <summary>A snapshot in the making: its state is fixed, and it is being made durable. Immutable.</summary>
/// <param name="Snapshot">The snapshot as of the freeze point; its identity and name will not change.</param>
/// <param name="Completion">Ends when the snapshot survives a crash, with its final facts; or with the error, when that failed.</param>
public sealed record SnapshotCreation(Snapshot Snapshot, Task<Snapshot> Completion);
