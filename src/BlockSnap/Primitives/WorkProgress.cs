namespace BlockSnap;

/// <summary>How far a long piece of work has come. Immutable.</summary>
/// <param name="Done">Units of work done.</param>
/// <param name="Total">Units of work in all, or 0 when not known yet.</param>
public readonly record struct WorkProgress(long Done, long Total)
{
    /// <summary>The time it will still take at the pace so far, or null when that is not known.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>0 to 100.</summary>
    public double Percent => Total <= 0 ? 0 : Math.Min(100.0, 100.0 * Done / Total);
}
