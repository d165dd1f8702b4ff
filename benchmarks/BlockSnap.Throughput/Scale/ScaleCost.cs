namespace BlockSnap.Throughput.Scale;

/// <summary>What one operation costs: its time, and counts of its work, which the load of the machine's neighbours does not change.</summary>
/// <param name="Operation">The name of the operation.</param>
/// <param name="Seconds">The median time; for reads and writes the mean.</param>
/// <param name="DeviceReads">Reads that the pool asked its device for.</param>
/// <param name="ReadBytes">Their bytes.</param>
/// <param name="WrittenBytes">Bytes written to the device, also by the work that the operation left to do afterwards.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by the process.</param>
internal sealed record ScaleCost(string Operation, double Seconds, double DeviceReads, double ReadBytes, double WrittenBytes, double AllocatedBytes);
