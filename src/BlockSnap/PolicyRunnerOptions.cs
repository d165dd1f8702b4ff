namespace BlockSnap;

/// <summary>Choices for a <see cref="PolicyRunner"/>. All have defaults; they are checked when it is made. Immutable.</summary>
public sealed class PolicyRunnerOptions
{
    /// <summary>
    /// How often it looks whether something is due, 1 second to 1 hour: whenever the clock shows a whole multiple of it, so that the beginning of an
    /// hour is met. Default 1 minute.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often it deletes what has outlived its retention, at least <see cref="Interval"/>, at most 1 day. Default 1 hour.</summary>
    public TimeSpan ExpiryInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Told of each run in which something was due or expired, or null (the default).</summary>
    public IProgress<PolicyRunResult>? Progress { get; init; }

    /// <summary>Told of runs that failed and will be tried again, or null (the default).</summary>
    public IProgress<Exception>? Failures { get; init; }

    /// <summary>Refuses what is out of range. Making a runner does that by itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is.</exception>
    public void Validate()
    {
        if (Interval < TimeSpan.FromSeconds(1) || Interval > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(nameof(Interval), Interval, "The option Interval must be 1 second to 1 hour.");
        }

        if (ExpiryInterval < Interval || ExpiryInterval > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(ExpiryInterval), ExpiryInterval, "The option ExpiryInterval must be at least Interval and at most a day.");
        }
    }
}
