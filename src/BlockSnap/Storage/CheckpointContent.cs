namespace BlockSnap.Storage;

/// <summary>What the floors above give to a checkpoint.</summary>
/// <param name="Root">The root that the superblock publishes.</param>
/// <param name="Held">References that readers hold and the log does not know.</param>
internal sealed record CheckpointContent(byte[] Root, IReadOnlyCollection<PendingRelease> Held);
