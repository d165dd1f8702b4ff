using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

/// <summary>A snapshot in memory: its facts and its root. Guarded by the gate; the facts change by operations only.</summary>
internal sealed class SnapshotState(Snapshot facts, MapRoot root, long order) : TrackedOwner, IRootHolder
{
    public Snapshot Facts { get; set => Change(out field, value); } = facts;

    public MapRoot Root { get; set => Change(out field, value); } = root;

    /// <summary>Grows with each snapshot of the pool, and so gives the order in a chain; two snapshots may have the same time.</summary>
    public long Order { get; } = order;

    public required SnapshotPlace Place { get; set => Change(out field, value); }

    /// <summary>Mapped blocks, or null when they were not known at the freeze and nobody has counted them since.</summary>
    public long? Blocks { get; set => Change(out field, value); }

    /// <summary>
    /// Whether everything in it that its predecessor in the chain does not have was written after that one was taken: then no earlier snapshot has it
    /// either.
    /// </summary>
    public bool IsStraight { get; set => Change(out field, value); }

    /// <summary>What only it refers to, as it was counted last.</summary>
    public CountedShare? Share { get; set; }

    /// <summary>
    /// Changes of heads that were last equal to this state when they made them, and are frozen as a newer one by now; see <see cref="DiskFamily"/>.
    /// </summary>
    public long PastWrites { get; set; }

    /// <summary>
    /// The bytes that no earlier snapshot refers to, as they were counted last, with the predecessor that it had then and what
    /// <see cref="ChainState.ListChanges"/> was.
    /// </summary>
    public (SnapshotState Predecessor, long ListChanges, long Bytes)? Stored { get; set; }
}
