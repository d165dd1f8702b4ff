namespace BlockSnap.Cli;

/// <summary>Printed by <c>report</c>: the page, and how much is on it.</summary>
internal sealed record ReportResult(string File, int Disks, int Snapshots);
