namespace BlockSnap.Cli;

/// <summary>Printed by <c>serve</c> when clients can connect.</summary>
internal sealed record ServeResult(string Pool, IReadOnlyList<string> Uris, bool ReadOnly);
