namespace BlockSnap.Cli;

/// <summary>The snapshots of one disk that are deleted in one step.</summary>
internal sealed record DeletePlan(ISnapshotChain Chain, IReadOnlyList<string> Names);
