namespace BlockSnap;

/// <summary>The outcome of what an event tells of.</summary>
public enum PoolEventResult
{
    /// <summary>It was done, and is durable.</summary>
    Succeeded = 0,

    /// <summary>It was left out on purpose; the detail says why.</summary>
    Skipped = 1,

    /// <summary>It failed.</summary>
    Failed = 2,
}
