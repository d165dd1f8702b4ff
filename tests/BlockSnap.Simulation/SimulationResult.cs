namespace BlockSnap.Simulation;

/// <summary>What came of a case.</summary>
/// <param name="Operations">Calls to the pool.</param>
/// <param name="Nested">Those of them that were made inside the work of another.</param>
/// <param name="Crashes">Power cuts, those during recovery included.</param>
/// <param name="Faults">Calls to the device that were made to fail.</param>
/// <param name="Trace">A hash of every call to the device and every outcome: equal for equal runs.</param>
/// <param name="Violation">What was wrong, or null.</param>
internal sealed record SimulationResult(int Operations, int Nested, int Crashes, int Faults, ulong Trace, string? Violation);
