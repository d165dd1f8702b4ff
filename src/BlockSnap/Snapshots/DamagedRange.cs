namespace BlockSnap;

/// <summary>Bytes of a disk or snapshot that cannot be read. Immutable.</summary>
/// <param name="Disk">The disk's name.</param>
/// <param name="Snapshot">The snapshot's name, or null for the disk's present state.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
public sealed record DamagedRange(string Disk, string? Snapshot, long Offset, long Length);
