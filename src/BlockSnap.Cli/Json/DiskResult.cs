namespace BlockSnap.Cli;

/// <summary>Printed by the commands that make, change or show one disk.</summary>
internal sealed record DiskResult(DiskFacts Disk);
