namespace BlockSnap;

/// <summary>Which snapshots of a pool to list. Every condition that is given must hold; none given lists all. Immutable.</summary>
public sealed class SnapshotFilter
{
    /// <summary>The most snapshots that a page can have.</summary>
    public const int PageSizeMax = 1_000;

    /// <summary>Only these; an empty list matches nothing.</summary>
    public IReadOnlyCollection<SnapshotId>? Ids { get; init; }

    /// <summary>Only of these disks, deleted ones too; an empty list matches nothing.</summary>
    public IReadOnlyCollection<DiskId>? Disks { get; init; }

    /// <summary>Only of this status.</summary>
    public SnapshotStatus? Status { get; init; }

    /// <summary>Only of this kind.</summary>
    public SnapshotKind? Kind { get; init; }

    /// <summary>Only of this name, exactly.</summary>
    public string? Name { get; init; }

    /// <summary>Only with all of these tags; a null value takes any value.</summary>
    public IReadOnlyDictionary<string, string?>? Tags { get; init; }

    /// <summary>Only made at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only made before this time.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Only used by all that is named here; <see cref="SnapshotUse.None"/>: by nothing.</summary>
    public SnapshotUse? UsedBy { get; init; }

    /// <summary>Only of this group.</summary>
    public Guid? GroupId { get; init; }

    /// <summary>The most snapshots of a page, 1 to <see cref="PageSizeMax"/>. Default 100.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Where to go on: <see cref="SnapshotPage.NextPageToken"/> of the page before, or null (the default) for the first.</summary>
    public string? PageToken { get; init; }
}
