namespace BlockSnap;

/// <summary>Bytes of a disk or snapshot that cannot be read. Ranges of an image are told as those of its snapshots. Immutable.</summary>
/// <param name="Disk">The disk's name.</param>
/// <param name="Snapshot">The name of the snapshot or undo point, or null for the disk's present state.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="State">What kind of state it is: a snapshot and a deleted one may have the same name.</param>
public sealed record DamagedRange(string Disk, string? Snapshot, long Offset, long Length, DamagedState State);
