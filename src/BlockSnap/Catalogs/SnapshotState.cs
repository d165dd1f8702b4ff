using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

/// <summary>A snapshot in memory: its facts and its root. Guarded by the gate; the facts change by operations only.</summary>
internal sealed class SnapshotState(Snapshot facts, MapRoot root, long order) : TrackedOwner, IRootHolder
{
    public Snapshot Facts { get; set => Change(out field, value); } = facts;

    public MapRoot Root { get; set => Change(out field, value); } = root;

    /// <summary>Grows with each snapshot of the pool: the order in a chain, where two may have one time.</summary>
    public long Order { get; } = order;

    public required SnapshotPlace Place { get; set => Change(out field, value); }

    /// <summary>Mapped blocks, or null when they were not known at the freeze and nobody has counted them since.</summary>
    public long? Blocks { get; set => Change(out field, value); }

    /// <summary>Whether whatever it has and its predecessor in the chain has not was written after that one: then no earlier one has it either.</summary>
    public bool IsStraight { get; set => Change(out field, value); }

    /// <summary>What only it refers to, as it was counted last.</summary>
    public CountedShare? Share { get; set; }

    /// <summary>Changes of heads that were equal to it and went on from another state; see <see cref="DiskFamily"/>.</summary>
    public long PastWrites { get; set; }

    /// <summary>Bytes that no earlier snapshot refers to, as they were counted last: with which predecessor, and after how many changes of the list.</summary>
    public (SnapshotState Predecessor, long ListChanges, long Bytes)? Stored { get; set; }
}
