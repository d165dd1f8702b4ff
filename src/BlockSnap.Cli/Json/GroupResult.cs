namespace BlockSnap.Cli;

/// <summary>Printed by <c>group create</c>.</summary>
internal sealed record GroupResult(GroupFacts Group);
