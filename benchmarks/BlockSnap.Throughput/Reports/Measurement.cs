namespace BlockSnap.Throughput.Reports;

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

    /// <summary>
    /// Managed bytes per operation on the pool's side, or null. They are those of the measuring thread, or of the process where tasks do the
    /// work.
    /// </summary>
    public double? AllocatedBytesPerOperation { get; init; }

    /// <summary>How long the pool worked on after a round, outside of its time, in seconds, or null.</summary>
    public double? SettleSeconds { get; init; }

    /// <summary>Bytes that the pool was given in all rounds.</summary>
    public long GivenBytes { get; init; }

    /// <summary>Bytes written to the device in the pool's rounds and in the work that they left.</summary>
    public long WrittenBytes { get; init; }

    /// <summary><see cref="WrittenBytes"/> divided by <see cref="GivenBytes"/>, or null when nothing was written.</summary>
    public double? WriteAmplification => WrittenBytes > 0 ? (double)WrittenBytes / GivenBytes : null;

    /// <summary>The latency that 99 % of the operations stay below on the pool's side, in seconds, or null.</summary>
    public double? PoolP99Seconds { get; init; }

    /// <summary>The same on the baseline's side.</summary>
    public double? BaselineP99Seconds { get; init; }

    /// <summary>False when the device was too slow for a flush-bound figure to say anything.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>What else a reader should know, or null.</summary>
    public string? Note { get; init; }

    /// <summary>What is asked of it, or null.</summary>
    public Goal? Goal => Goals.Find(Name);

    /// <summary>Whether more is better.</summary>
    public bool IsMoreBetter => Unit is Unit.OperationsPerSecond or Unit.MebibytesPerSecond or Unit.Share;

    /// <summary>Where it stands.</summary>
    public Verdict Verdict
    {
        get
        {
            double sign = IsMoreBetter ? 1 : -1;
            double judged = sign * (Unit == Unit.BytesPerOperation ? Pool : Ratio);
            return Goal switch
            {
                null => Verdict.None,
                _ when !Counts => Verdict.Uncounted,
                { Target: var target } when judged >= sign * target => Verdict.Goal,
                { Floor: var floor } when judged >= sign * floor => Verdict.Floor,
                _ => Verdict.Below,
            };
        }
    }

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
