namespace BlockSnap.Primitives;

/// <summary>How long work waits that is done again and again: its interval, and after failures in a row less, each time twice as long. Not thread-safe.</summary>
/// <param name="first">After the first failure.</param>
/// <param name="interval">After a success, and at most after failures.</param>
internal sealed class RetryPace(TimeSpan first, TimeSpan interval)
{
    private TimeSpan? _next;

    /// <summary>How long to wait now.</summary>
    public TimeSpan WaitAfter(bool success)
    {
        TimeSpan next = _next ?? first;
        TimeSpan wait = success || next > interval ? interval : next;
        _next = success ? null : wait * 2;
        return wait;
    }
}
