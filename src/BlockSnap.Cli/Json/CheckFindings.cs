namespace BlockSnap.Cli;

/// <summary>Printed by <c>check</c>.</summary>
internal sealed record CheckFindings(bool Ok, IReadOnlyList<ErrorFacts> Errors, long BlocksChecked);
