namespace BlockSnap;

/// <summary>The facts of a disk in a list. Immutable.</summary>
/// <param name="Id">The identity.</param>
/// <param name="Name">The name.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="BlockSize">The block size.</param>
/// <param name="SnapshotCount">The number of snapshots.</param>
/// <param name="IsReleased">Whether the disk was deleted and only its snapshots are left.</param>
public sealed record DiskInfo(DiskId Id, string Name, long Size, BlockSize BlockSize, int SnapshotCount, bool IsReleased);
