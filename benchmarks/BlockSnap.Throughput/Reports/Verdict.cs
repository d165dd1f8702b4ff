namespace BlockSnap.Throughput.Reports;

/// <summary>Where a line stands.</summary>
internal enum Verdict
{
    /// <summary>Nothing is asked of it.</summary>
    None,

    /// <summary>The device was too slow for the line to say anything.</summary>
    Uncounted,

    /// <summary>Worse than the floor.</summary>
    Below,

    /// <summary>At the floor or better, short of the goal.</summary>
    Floor,

    /// <summary>At the goal or better.</summary>
    Goal,
}
