namespace BlockSnap;

/// <summary>What was done at a due time.</summary>
public enum PolicyRunStatus
{
    /// <summary>A snapshot was made.</summary>
    Created = 0,

    /// <summary>None: the one before is still being made, or the disk is being changed otherwise. It is not made up for.</summary>
    SkippedBusy = 1,

    /// <summary>None: nobody uses the disk.</summary>
    SkippedUnused = 2,

    /// <summary>None: nothing changed since the last snapshot.</summary>
    SkippedUnchanged = 3,

    /// <summary>None: the pool is suspended. When it is resumed, one snapshot makes up for all that were missed.</summary>
    SkippedSuspended = 4,

    /// <summary>None: it failed. It is not tried again before the next due time.</summary>
    Failed = 5,
}
