namespace BlockSnap.Throughput.Scale;

/// <summary>What one operation costs: its time, and work that no neighbour of the machine disturbs.</summary>
/// <param name="Operation">Which.</param>
/// <param name="Seconds">The median time; for reads and writes the mean.</param>
/// <param name="DeviceReads">Reads that the pool asked its device for.</param>
/// <param name="ReadBytes">Their bytes.</param>
/// <param name="WrittenBytes">Bytes written to the device, what the operation left to do included.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by the process.</param>
internal sealed record ScaleCost(string Operation, double Seconds, double DeviceReads, double ReadBytes, double WrittenBytes, double AllocatedBytes);
