namespace BlockSnap;

/// <summary>
/// Keeps a snapshot from being deleted by anybody. During the cool-off the lock can be changed or taken off, afterwards only made longer.
/// It ends when the pool has certainly seen the time pass, whatever a clock says. Immutable.
/// </summary>
/// <param name="Until">When it ends, as the clock stood when it was set.</param>
/// <param name="CoolOffUntil">Until when it can be changed.</param>
public sealed record SnapshotLock(DateTimeOffset Until, DateTimeOffset CoolOffUntil)
{
    /// <summary>The most days a lock can last from the call that sets or extends it.</summary>
    public const int DaysMax = 36_500;

    /// <summary>The most hours for which a lock can be changed or taken off.</summary>
    public const int CoolOffHoursMax = 72;

    /// <summary>When it ends, in the pool's own time, which no clock can advance.</summary>
    internal TimeSpan UntilElapsed { get; init; }

    /// <summary>When it can no longer be changed, in the pool's own time.</summary>
    internal TimeSpan CoolOffElapsed { get; init; }
}
