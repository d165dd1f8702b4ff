using BlockSnap.Items;
using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>Snapshots of several disks that were taken at one instant. Immutable.</summary>
public sealed record SnapshotGroup : ICatalogItem
{
    /// <summary>The group's identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name, unique among the groups of the pool; its snapshots have the same.</summary>
    public required string Name { get; init; }

    /// <summary>When it was taken, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>A free text, or null.</summary>
    public string? Description { get; init; }

    /// <summary>The level of consistency that was reached.</summary>
    public SnapshotConsistency Consistency { get; init; }

    /// <summary>Its snapshots as they were taken; some may have been deleted since.</summary>
    public required IReadOnlyList<SnapshotGroupMember> Members { get; init => field = Printed.Of(value); }

    /// <summary>The caller's token that makes its creation idempotent, or null.</summary>
    public string? ClientToken { get; init; }

    /// <summary>A checksum over the arguments that the token stands for.</summary>
    internal ulong ClientTokenHash { get; init; }

    ItemKind ICatalogItem.Kind => ItemKind.Group;

    Guid ICatalogItem.ItemId => Id;
}
