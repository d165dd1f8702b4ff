namespace BlockSnap.Throughput;

/// <summary>One line of the report: a figure of the pool beside what it is compared with.</summary>
internal sealed record Measurement
{
    /// <summary>The workload, or a part of it.</summary>
    public required string Name { get; init; }

    public required Unit Unit { get; init; }

    /// <summary>What the baseline is: "raw file", "F", "no snapshots".</summary>
    public required string BaselineName { get; init; }

    /// <summary>The pool's median.</summary>
    public required double Pool { get; init; }

    /// <summary>The baseline's median.</summary>
    public required double Baseline { get; init; }

    /// <summary>The median of the rounds' own ratios, pool / baseline: above 1 is faster for speeds, worse for times and sizes.</summary>
    public required double Ratio { get; init; }

    public required double RatioMin { get; init; }

    public required double RatioMax { get; init; }

    public required int Rounds { get; init; }

    /// <summary>The pool's time in F, or null.</summary>
    public double? InFlushUnits { get; init; }

    /// <summary>Managed bytes per operation on the pool's side, or null: those of the measuring thread, or of the process where tasks do the work.</summary>
    public double? AllocatedBytesPerOperation { get; init; }

    /// <summary>How long the pool worked on after a round, outside of its time, in seconds, or null.</summary>
    public double? SettleSeconds { get; init; }

    /// <summary>Bytes written to the device by those the pool was given, work after the rounds included, or null.</summary>
    public double? WriteAmplification { get; init; }

    /// <summary>The pool's latency that 99 % of the operations stay below, in seconds, or null; and the baseline's.</summary>
    public double? PoolP99Seconds { get; init; }

    /// <inheritdoc cref="PoolP99Seconds"/>
    public double? BaselineP99Seconds { get; init; }

    /// <summary>False when the device was too slow for a flush-bound figure to say anything.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>What else a reader should know, or null.</summary>
    public string? Note { get; init; }

    /// <summary>Makes a line of paired samples: the one at each index was taken in the same round.</summary>
    public static Measurement OfPairs(string name, Unit unit, string baselineName, IReadOnlyList<double> pool, IReadOnlyList<double> baseline)
    {
        double[] ratios = [.. pool.Zip(baseline, (p, b) => p / b)];
        return new Measurement
        {
            Name = name,
            Unit = unit,
            BaselineName = baselineName,
            Pool = Statistics.Median(pool),
            Baseline = Statistics.Median(baseline),
            Ratio = Statistics.Median(ratios),
            RatioMin = ratios.Min(),
            RatioMax = ratios.Max(),
            Rounds = ratios.Length,
        };
    }
}
