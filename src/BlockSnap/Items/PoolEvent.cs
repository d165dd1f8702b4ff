using BlockSnap.Items;

namespace BlockSnap;

/// <summary>Something that ended in a pool (R52). Immutable.</summary>
public sealed record PoolEvent : ICatalogItem
{
    /// <summary>
    /// The event's number, one more than that of the one before. A crash may lose the last events; then their numbers are given again.
    /// </summary>
    public long Sequence { get; internal init; }

    /// <summary>What ended.</summary>
    public required PoolEventKind Kind { get; init; }

    /// <summary>How.</summary>
    public PoolEventResult Result { get; init; }

    /// <summary>The disk, or null when it concerns no single one.</summary>
    public DiskId? DiskId { get; init; }

    /// <summary>The disk's name then.</summary>
    public string? DiskName { get; init; }

    /// <summary>The snapshot, or null.</summary>
    public SnapshotId? SnapshotId { get; init; }

    /// <summary>The snapshot's name.</summary>
    public string? SnapshotName { get; init; }

    /// <summary>The snapshot's kind.</summary>
    public SnapshotKind? SnapshotKind { get; init; }

    /// <summary>When it began, UTC: for a snapshot its freeze.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When it ended, UTC: when it was durable.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>More in words, or null: why it failed or was skipped, what was found.</summary>
    public string? Detail { get; init; }

    /// <summary>For a <see cref="PoolEventReader"/>: how many events before this one it was too slow for.</summary>
    public long MissedCount { get; internal init; }

    ItemKind ICatalogItem.Kind => ItemKind.Event;

    Guid ICatalogItem.ItemId => IdOf(Sequence);

    internal static Guid IdOf(long sequence) => new((int)(sequence >> 32), (short)(sequence >> 16), (short)sequence, 0, 0, 0, 0, 0, 0, 0, 0);
}
