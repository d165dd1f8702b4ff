using BlockSnap.Items;

namespace BlockSnap.Pools;

/// <summary>
/// The pool's view of time. Clocks can be set; what ends by itself must not end because of that.
/// <list type="bullet">
/// <item><see cref="Now"/> is what the clock says: for what is written down and shown.</item>
/// <item><see cref="Calendar"/> decides on retention (R19, R32). It goes on evenly, by the machine's monotonic time, whatever is done to the clock;
/// at an opening it goes on from the last reading that was written down. Only for the time that the machine was off it believes the clock: seven
/// days are seven real days. It never goes back, and stands still while the machine sleeps.</item>
/// <item><see cref="Elapsed"/> decides on locks (R51): time that has certainly passed. So it never believes the clock, and is never more than the
/// clock shows. Time with the machine off may not count: then a lock lasts longer.</item>
/// </list>
/// </summary>
internal sealed class PoolClock
{
    private readonly TimeProvider _time;
    private readonly Guid _machineStart;
    private readonly DateTimeOffset _openedAt;
    private readonly TimeSpan _openedUptime;
    private DateTimeOffset _calendarThen;
    private TimeSpan _before;

    public PoolClock(TimeProvider time, Guid machineStart)
    {
        _time = time;
        _machineStart = machineStart;
        _openedAt = _calendarThen = Now;
        _openedUptime = Uptime;
    }

    public DateTimeOffset Now => _time.GetUtcNow();

    public DateTimeOffset Calendar => Later(_calendarThen, Uptime - _openedUptime);

    public TimeSpan Elapsed => _before + (Uptime - _openedUptime);

    public ClockItem Reading => new(Elapsed, Now, Uptime, Calendar, _machineStart);

    private TimeSpan Uptime => new((long)((Int128)_time.GetTimestamp() * TimeSpan.TicksPerSecond / _time.TimestampFrequency));

    /// <summary>Goes on from an earlier reading, if there is one. Called once, after replay.</summary>
    public void Resume(ClockItem? reading)
    {
        if (reading is null)
        {
            return;
        }

        TimeSpan shown = _openedAt - reading.Wall;
        bool wasUpAllTheTime = reading.MachineStart == _machineStart && _machineStart != Guid.Empty && _openedUptime >= reading.Uptime;
        TimeSpan passed = wasUpAllTheTime ? _openedUptime - reading.Uptime : shown;
        _calendarThen = Later(reading.Calendar, passed > TimeSpan.Zero ? passed : TimeSpan.Zero);

        // An uptime below the reading's means that the machine was started in between: only what passed since that start is certain.
        TimeSpan counted = _openedUptime >= reading.Uptime ? _openedUptime - reading.Uptime : _openedUptime;
        TimeSpan certain = counted < shown ? counted : shown;
        _before = reading.Elapsed + (certain > TimeSpan.Zero ? certain : TimeSpan.Zero);
    }

    // A reading of another machine may lie near the end of time.
    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan by) =>
        by < DateTimeOffset.MaxValue - time ? time + by : DateTimeOffset.MaxValue;
}
