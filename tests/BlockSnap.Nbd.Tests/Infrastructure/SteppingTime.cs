namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>A clock that goes on by a microsecond each time it is asked, and lets a test act then.</summary>
internal sealed class SteppingTime : TimeProvider
{
    /// <summary>Microseconds so far: how often it was asked, and what was let pass.</summary>
    public long Now { get; private set; }

    /// <summary>Called whenever it is asked, with the answer.</summary>
    public Action<long> Asked { get; set; } = static _ => { };

    public void Pass(long microseconds) => Now += microseconds;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp()
    {
        long now = ++Now;
        Asked(now);
        return now;
    }
}
