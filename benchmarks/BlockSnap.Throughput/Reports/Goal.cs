namespace BlockSnap.Throughput.Reports;

/// <summary>What a line is to reach.</summary>
/// <param name="Target">The goal.</param>
/// <param name="Floor">Below it the line is a defect.</param>
internal sealed record Goal(double Target, double Floor);
