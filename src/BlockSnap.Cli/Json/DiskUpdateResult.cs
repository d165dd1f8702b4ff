namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk update</c>.</summary>
internal sealed record DiskUpdateResult(DiskFacts Disk, long ReadBytes, long WrittenBytes);
