namespace BlockSnap.Tests.Infrastructure;

/// <summary>A saboteur: a clock that can be set, over one whose time goes on as it should.</summary>
internal sealed class JumpingTime(ManualTime inner) : TimeProvider
{
    private DateTimeOffset _startedAt = DateTimeOffset.MinValue;

    /// <summary>How far the clock was set ahead.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>How long the machine has been up; set lower, it was started anew.</summary>
    public TimeSpan Uptime
    {
        get => inner.GetUtcNow() - _startedAt;
        set => _startedAt = inner.GetUtcNow() - value;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Offset;

    public override long GetTimestamp() => Uptime.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
