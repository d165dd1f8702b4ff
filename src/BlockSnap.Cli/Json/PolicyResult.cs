namespace BlockSnap.Cli;

/// <summary>Printed by <c>policy create</c> and <c>policy change</c>.</summary>
internal sealed record PolicyResult(PolicyFacts Policy);
