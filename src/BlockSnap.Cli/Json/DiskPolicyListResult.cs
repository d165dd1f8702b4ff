namespace BlockSnap.Cli;

/// <summary>Printed by <c>policy apply</c>, <c>cancel</c>, <c>pause</c> and <c>resume</c>: the named disks afterwards.</summary>
internal sealed record DiskPolicyListResult(IReadOnlyList<DiskPolicyFacts> Disks);
