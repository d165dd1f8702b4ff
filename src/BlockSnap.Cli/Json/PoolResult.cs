namespace BlockSnap.Cli;

/// <summary>Printed by <c>pool create</c> and <c>pool info</c>.</summary>
internal sealed record PoolResult(PoolFacts Pool);
