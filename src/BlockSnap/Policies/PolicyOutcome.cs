namespace BlockSnap;

/// <summary>What became of one due time of one disk. Immutable.</summary>
/// <param name="DiskId">The disk.</param>
/// <param name="DiskName">Its name.</param>
/// <param name="PolicyName">Its policy.</param>
/// <param name="Due">The due time, UTC; of several that were missed the last one.</param>
/// <param name="Status">What was done.</param>
/// <param name="Snapshot">The snapshot that was made, or null; in a dry run as it would be.</param>
/// <param name="Error">Why none was made, when that was a failure.</param>
public sealed record PolicyOutcome(
    DiskId DiskId,
    string DiskName,
    string PolicyName,
    DateTimeOffset Due,
    PolicyRunStatus Status,
    Snapshot? Snapshot = null,
    Exception? Error = null);
