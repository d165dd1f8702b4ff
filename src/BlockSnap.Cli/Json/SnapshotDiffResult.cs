namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot diff</c>; the ends are as they were given.</summary>
internal sealed record SnapshotDiffResult(string From, string To, int BlockSize, long ChangedBytes, IReadOnlyList<ExtentFacts> Extents);
