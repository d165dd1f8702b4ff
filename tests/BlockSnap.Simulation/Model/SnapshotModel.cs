namespace BlockSnap.Simulation;

/// <summary>The model of a snapshot: a name, a state that nothing changes any more, what is known of it, and what keeps it from being deleted.</summary>
internal sealed record SnapshotModel(string Name, DiskState State)
{
    public SnapshotKind Kind { get; init; }

    public SnapshotConsistency Consistency { get; init; }

    public string? Description { get; init; }

    /// <summary>The value of its one tag, or null.</summary>
    public string? Tag { get; init; }

    /// <summary>The client token it was made with, or null.</summary>
    public string? Token { get; init; }

    /// <summary>When its retention ends, or null.</summary>
    public DateTimeOffset? Expires { get; init; }

    public IReadOnlyList<string> Holds { get; init; } = [];

    /// <summary>When its lock ends, or null when it has none; one that has ended stays until it is taken off.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Until when its lock can be changed.</summary>
    public DateTimeOffset? CoolOffUntil { get; init; }

    /// <summary>In the trash: when it goes for good.</summary>
    public DateTimeOffset? PurgeAfter { get; init; }

    /// <summary>Where it is among all snapshots of its disk, for its way back out of the trash.</summary>
    public int Order { get; init; }

    /// <summary>Whether two are one snapshot, whatever was said of it in between.</summary>
    public bool Is(SnapshotModel? other) => other is not null && ReferenceEquals(State, other.State);

    public bool IsLocked(DateTimeOffset now) => LockedUntil > now;
}
