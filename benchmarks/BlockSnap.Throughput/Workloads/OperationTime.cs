namespace BlockSnap.Throughput.Workloads;

/// <summary>How long an asynchronous operation took.</summary>
/// <param name="CallSeconds">Until the call returned its task.</param>
/// <param name="TotalSeconds">Until the task was complete: durable.</param>
internal readonly record struct OperationTime(double CallSeconds, double TotalSeconds);
