namespace BlockSnap.Cli;

/// <summary>Printed by <c>pool create</c>, <c>info</c>, <c>quota</c>, <c>suspend</c> and <c>resume</c>.</summary>
internal sealed record PoolResult(PoolFacts Pool);
