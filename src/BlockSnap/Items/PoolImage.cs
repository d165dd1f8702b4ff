using BlockSnap.Items;
using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>A named set of a system snapshot and any data snapshots, to make disks from. Its snapshots stay while it is there. Immutable.</summary>
public sealed record PoolImage : ICatalogItem
{
    /// <summary>The image's identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name, unique among the images of the pool.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>A free text, or null.</summary>
    public string? Description { get; init; }

    /// <summary>The snapshot of the system disk.</summary>
    public required SnapshotId SystemSnapshot { get; init; }

    /// <summary>Snapshots of data disks, in order.</summary>
    public IReadOnlyList<SnapshotId> DataSnapshots { get; init => field = Printed.Of(value); } = Printed.Of<SnapshotId>([]);

    /// <summary>The system snapshot, then the data snapshots.</summary>
    internal IEnumerable<SnapshotId> All => DataSnapshots.Prepend(SystemSnapshot);

    ItemKind ICatalogItem.Kind => ItemKind.Image;

    Guid ICatalogItem.ItemId => Id;
}
