namespace BlockSnap.Cli;

/// <summary>Printed by <c>group list</c>.</summary>
internal sealed record GroupListResult(IReadOnlyList<GroupFacts> Groups);
