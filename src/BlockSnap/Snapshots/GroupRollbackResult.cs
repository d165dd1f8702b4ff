namespace BlockSnap;

/// <summary>What became of one disk in the rollback of a group. Immutable.</summary>
/// <param name="DiskId">The disk.</param>
/// <param name="Problem">Why it was not rolled back, or null when it was.</param>
public sealed record GroupRollbackResult(DiskId DiskId, string? Problem)
{
    /// <summary>Whether it was rolled back.</summary>
    public bool Ok => Problem is null;
}
