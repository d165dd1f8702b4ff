using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Workloads;

/// <summary>Something to measure: one line of the report or a few.</summary>
internal abstract class Workload
{
    /// <summary>The name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What it means, in one line.</summary>
    public required string Meaning { get; init; }

    /// <summary>Whether it runs only when it is named.</summary>
    public bool IsExtra { get; init; }

    /// <summary>The pools it needs at the same time; others are deleted before it runs.</summary>
    public abstract IReadOnlyCollection<PoolSpec> Pools(RunOptions options);

    /// <summary>Measures.</summary>
    public abstract IEnumerable<Measurement> Measure(Stage stage);
}
