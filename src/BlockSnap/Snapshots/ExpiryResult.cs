namespace BlockSnap;

/// <summary>What a pass of retention did. Immutable.</summary>
/// <param name="Expired">Snapshots whose retention had ended and that are deleted now.</param>
/// <param name="Purged">Deleted snapshots whose grace period had ended.</param>
/// <param name="UndoPoints">States before rollbacks whose retention had ended.</param>
/// <param name="Kept">Snapshots whose retention has ended but which something holds: a hold, a lock, an image, a disk made from it.</param>
public sealed record ExpiryResult(IReadOnlyList<Snapshot> Expired, IReadOnlyList<Snapshot> Purged, IReadOnlyList<Snapshot> UndoPoints, IReadOnlyList<Snapshot> Kept);
