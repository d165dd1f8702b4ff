namespace BlockSnap;

/// <summary>The facts of a snapshot: the state of one whole disk at one instant. An immutable value; no I/O on it.</summary>
public sealed record Snapshot
{
    /// <summary>The snapshot's identity.</summary>
    public required SnapshotId Id { get; init; }

    /// <summary>The disk it was taken of.</summary>
    public required DiskId DiskId { get; init; }

    /// <summary>The name, unique in its chain.</summary>
    public required string Name { get; init; }

    /// <summary>How it came to be.</summary>
    public SnapshotKind Kind { get; init; }

    /// <summary>When it was taken, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The disk's size at that instant, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>A free text, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Up to 20 tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>When its retention ends, or null when it is kept until deleted.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The number of live disks that were made from it.</summary>
    public int CloneCount { get; init; }
}
