namespace BlockSnap.Throughput.Scale;

/// <summary>All costs at one size.</summary>
/// <param name="Size">The size, in the unit of its curve.</param>
/// <param name="ManagedBytes">Managed memory of the open pool after all the operations.</param>
/// <param name="MemoryBytes">Memory of the process that the open pool added, managed and native.</param>
/// <param name="Costs">The costs.</param>
internal sealed record ScalePoint(long Size, long ManagedBytes, long MemoryBytes, IReadOnlyList<ScaleCost> Costs);
