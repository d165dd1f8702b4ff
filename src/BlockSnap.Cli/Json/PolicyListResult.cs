namespace BlockSnap.Cli;

/// <summary>Printed by <c>policy list</c>: the policies, and every disk of the pool.</summary>
internal sealed record PolicyListResult(IReadOnlyList<PolicyFacts> Policies, IReadOnlyList<DiskPolicyFacts> Disks);
