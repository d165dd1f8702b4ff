namespace BlockSnap.Primitives;

/// <summary>
/// How long repeated work waits before it runs again: its interval after a success, less after a failure, and twice as long after each
/// further failure in a row. Not thread-safe.
/// </summary>
/// <param name="first">The wait after the first failure.</param>
/// <param name="interval">The wait after a success, and the longest one after failures.</param>
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
