namespace BlockSnap;

/// <summary>
/// How many snapshots a disk may have. Snapshots in the trash and the undo point do not count. At the limit a manual snapshot is refused;
/// an automatic one takes the place of the oldest automatic one that nothing holds. Immutable.
/// </summary>
/// <param name="Maximum">The limit of all kinds together, or null for none.</param>
/// <param name="ManualMaximum">The limit of those that are not automatic, or null for none of their own.</param>
/// <param name="AutomaticMaximum">The limit of automatic ones, or null for none of their own.</param>
public sealed record SnapshotQuota(int? Maximum, int? ManualMaximum = null, int? AutomaticMaximum = null)
{
    /// <summary>64 snapshots, manual and automatic together; the default.</summary>
    public static SnapshotQuota Default { get; } = new(64);

    /// <summary>256 manual and 1,000 automatic ones.</summary>
    public static SnapshotQuota Separate { get; } = new(null, 256, 1000);

    /// <summary>No limit.</summary>
    public static SnapshotQuota Unlimited { get; } = new((int?)null);

    internal bool IsValid => Maximum is null or >= 1 && ManualMaximum is null or >= 1 && AutomaticMaximum is null or >= 1;

    /// <summary>The limit that a further snapshot would break, or null.</summary>
    internal int? Broken(int manual, int automatic, bool addsAutomatic) =>
        Maximum is { } all && manual + automatic >= all ? all
        : addsAutomatic ? (AutomaticMaximum is { } most && automatic >= most ? most : null)
        : ManualMaximum is { } few && manual >= few ? few : null;
}
