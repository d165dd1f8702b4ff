namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk export</c>; the snapshot is null for the head.</summary>
internal sealed record DiskExportResult(string Disk, string? Snapshot, string File, long Size);
