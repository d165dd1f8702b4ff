using BlockSnap.Pools;

namespace BlockSnap;

/// <summary>What can be said when a snapshot is made. Immutable.</summary>
public sealed class SnapshotOptions
{
    /// <summary>A text of 2 to 256 characters, or null (the default).</summary>
    public string? Description { get; init; }

    /// <summary>Up to 20 tags: keys of 1 to 128 characters, values of 0 to 128. Default none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Days the snapshot is kept, 1 to 65,536, or null (the default): until it is deleted.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>The kind. Default <see cref="SnapshotKind.Manual"/>.</summary>
    public SnapshotKind Kind { get; init; }

    /// <summary>
    /// A text of 1 to 64 characters that makes a repeated call harmless, or null (the default): while a snapshot made with it exists, the
    /// same token with the same arguments gives that snapshot, and with others is refused.
    /// </summary>
    public string? ClientToken { get; init; }

    /// <summary>What to call around the freeze, or null (the default).</summary>
    public SnapshotHooks? Hooks { get; init; }

    /// <summary>What this says of a new snapshot; identity, disk and size are still to be filled in.</summary>
    internal Snapshot NewFacts(string name, SnapshotConsistency level, PoolClock clock) => new()
    {
        Id = default,
        DiskId = default,
        Size = 0,
        Name = name,
        Kind = Kind,
        Created = clock.Now,
        Description = Description,
        Tags = Tags is null ? new Dictionary<string, string>() : new Dictionary<string, string>(Tags),
        Consistency = level,
        Expires = RetentionDays is { } days ? clock.Calendar.AddDays(days) : null,
    };
}
