namespace BlockSnap.Throughput.Reports;

/// <summary>All of a run. Its names are those of the JSON document.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Commit">What was measured.</param>
/// <param name="Taken">When the run ended.</param>
/// <param name="SizeBytes">Size of the disk and of the raw file.</param>
/// <param name="SecondsPerSide">Measuring time asked for.</param>
/// <param name="FlushUnitSeconds">F: the median of the run.</param>
/// <param name="FlushUnitIsQuick">Whether flush-bound figures count at that F.</param>
/// <param name="Measurements">The lines.</param>
/// <param name="Failures">Workloads that failed, with the reason.</param>
internal sealed record Report(
    Machine Machine,
    string Commit,
    DateTimeOffset Taken,
    long SizeBytes,
    double SecondsPerSide,
    double FlushUnitSeconds,
    bool FlushUnitIsQuick,
    IReadOnlyList<Measurement> Measurements,
    IReadOnlyList<string> Failures);
