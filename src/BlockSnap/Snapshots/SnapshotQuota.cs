namespace BlockSnap;

/// <summary>How many snapshots a disk may have. Immutable.</summary>
/// <param name="Maximum">The limit, manual and automatic together, or null for none.</param>
public sealed record SnapshotQuota(int? Maximum)
{
    /// <summary>64 snapshots, the default.</summary>
    public static SnapshotQuota Default { get; } = new(64);

    /// <summary>No limit.</summary>
    public static SnapshotQuota Unlimited { get; } = new((int?)null);
}
