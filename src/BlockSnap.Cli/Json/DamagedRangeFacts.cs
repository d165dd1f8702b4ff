namespace BlockSnap.Cli;

/// <summary>Bytes of a disk, or of one of its snapshots, that cannot be read; the snapshot is null for the head.</summary>
internal sealed record DamagedRangeFacts(string Disk, string? Snapshot, string State, long Offset, long Length);
