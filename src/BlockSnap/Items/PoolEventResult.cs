namespace BlockSnap;

/// <summary>How what an event tells of ended.</summary>
public enum PoolEventResult
{
    /// <summary>It was done, and is durable.</summary>
    Succeeded = 0,

    /// <summary>It was not to be done.</summary>
    Skipped = 1,

    /// <summary>It failed.</summary>
    Failed = 2,
}
