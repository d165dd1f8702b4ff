namespace BlockSnap.Snapshots;

/// <summary>
/// The pool's view of time. Clocks can be set; what is to end by itself must not end because of that.
/// <list type="bullet">
/// <item><see cref="Now"/> is what the clock says: for what is written down and shown.</item>
/// <item><see cref="Due"/> decides on retention: the clock when the pool was opened and what has passed since, or the clock now when that
/// is less. A clock that jumps ahead while the pool is open expires nothing.</item>
/// <item><see cref="Elapsed"/> decides on locks: time that has certainly passed. It goes on by the machine's monotonic time, across
/// openings too, and never by more than the clock shows. Time with the machine off may not count: then a lock lasts longer.</item>
/// </list>
/// </summary>
internal sealed class PoolClock
{
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _openedAt;
    private readonly TimeSpan _openedUptime;
    private TimeSpan _before;

    public PoolClock(TimeProvider time)
    {
        _time = time;
        _openedAt = Now;
        _openedUptime = Uptime;
    }

    public DateTimeOffset Now => _time.GetUtcNow();

    public DateTimeOffset Due
    {
        get
        {
            DateTimeOffset counted = _openedAt + (Uptime - _openedUptime);
            return Now < counted ? Now : counted;
        }
    }

    public TimeSpan Elapsed => _before + (Uptime - _openedUptime);

    public ClockItem Reading => new(Elapsed, Now, Uptime);

    private TimeSpan Uptime => new((long)((Int128)_time.GetTimestamp() * TimeSpan.TicksPerSecond / _time.TimestampFrequency));

    /// <summary>Goes on from an earlier reading, if there is one. Called once, after replay.</summary>
    public void Resume(ClockItem? reading)
    {
        if (reading is null)
        {
            return;
        }

        // Below the reading's, the machine was started in between: only what passed since then is certain.
        TimeSpan counted = _openedUptime >= reading.Uptime ? _openedUptime - reading.Uptime : _openedUptime;
        TimeSpan shown = _openedAt - reading.Wall;
        TimeSpan passed = counted < shown ? counted : shown;
        _before = reading.Elapsed + (passed > TimeSpan.Zero ? passed : TimeSpan.Zero);
    }
}
