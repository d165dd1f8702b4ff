using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>
/// A change of disks, snapshots or other items as the log knows it: everything that the change depends on, so that doing it and
/// replaying it are the same thing. One operation is one record: a crash leaves all of it or nothing.
/// </summary>
internal abstract record PoolOperation
{
    /// <summary>Whether the pool holds more afterwards: a full pool refuses it.</summary>
    public bool Grows => this switch
    {
        CreateDisk or CreateSnapshot or CreateGroup or PutItem { Item: not ClockItem } => true,
        Several several => several.Parts.Any(part => part.Grows),
        _ => false,
    };

    /// <summary>Whether something will go by itself afterwards, by the pool's calendar.</summary>
    public bool SetsEnd => this switch
    {
        CreateSnapshot o => o.Facts.Expires is not null,
        CreateGroup o => o.Common.Expires is not null,
        Rollback o => o.Undo.Expires is not null,
        ReinitializeDisk o => o.Undo.Expires is not null,
        MarkSnapshot o => o.Marks.Expires is not null,
        DeleteSnapshots o => o.PurgeAfter is not null,
        Several several => several.Parts.Any(part => part.SetsEnd),
        _ => false,
    };

    /// <summary>
    /// Whether snapshots or a disk go for good, and what they hold is wanted back soon. Undo points that give way to others can wait: a disk that is
    /// rolled back again and again needs no checkpoint each time.
    /// </summary>
    public bool WantsSpace => this switch
    {
        DeleteDisk or DeleteSnapshots { PurgeAfter: null, Cause: not DeletionCause.Undo } => true,
        Several several => several.Parts.Any(part => part.WantsSpace),
        _ => false,
    };

    /// <summary>A new disk, empty or made from a snapshot.</summary>
    public sealed record CreateDisk(
        uint Number, DiskId Id, string Name, long Size, BlockSize BlockSize, uint OriginDisk, SnapshotId? Origin) : PoolOperation;

    /// <summary>A disk goes; its snapshots stay.</summary>
    public sealed record DeleteDisk(uint Number) : PoolOperation;

    /// <summary>A disk gets another size; what lies beyond it goes.</summary>
    public sealed record ResizeDisk(uint Number, long Size) : PoolOperation;

    /// <summary>The head's present state becomes a snapshot.</summary>
    public sealed record CreateSnapshot(uint Number, Snapshot Facts) : PoolOperation;

    /// <summary>Snapshots go: at once, or, when a time is given, into the trash, from which they may go after it.</summary>
    public sealed record DeleteSnapshots(uint Number, DateTimeOffset? PurgeAfter, IReadOnlyList<SnapshotId> Ids) : PoolOperation
    {
        /// <summary>Why they go. Not in the log.</summary>
        public DeletionCause Cause { get; init; }
    }

    /// <summary>The head goes back to a snapshot or to an undo point, which is then used up; what was there becomes an undo point.</summary>
    public sealed record Rollback(uint Number, SnapshotId Target, Snapshot Undo) : PoolOperation;

    /// <summary>The head becomes empty, or what it was made from; what was there becomes an undo point.</summary>
    public sealed record ReinitializeDisk(uint Number, uint OriginDisk, long Size, Snapshot Undo) : PoolOperation;

    /// <summary>Everything about a snapshot that can change takes the values of <see cref="Marks"/>, an otherwise meaningless snapshot.</summary>
    public sealed record MarkSnapshot(uint Number, SnapshotId Id, Snapshot Marks) : PoolOperation;

    /// <summary>A deleted snapshot comes back out of the trash.</summary>
    public sealed record UndeleteSnapshot(uint Number, SnapshotId Id) : PoolOperation;

    /// <summary>Snapshots of several disks at one instant. They have the facts of <see cref="Common"/>, but each its own id, disk and size.</summary>
    public sealed record CreateGroup(SnapshotGroup Group, Snapshot Common, IReadOnlyList<GroupDisk> Disks) : PoolOperation;

    /// <summary>An item comes, or replaces the one of its kind and id.</summary>
    public sealed record PutItem(ICatalogItem Item) : PoolOperation;

    /// <summary>An item goes.</summary>
    public sealed record RemoveItem(ItemKind Kind, Guid Id) : PoolOperation;

    /// <summary>Several operations that happen together.</summary>
    public sealed record Several(IReadOnlyList<PoolOperation> Parts) : PoolOperation;

    /// <summary>One operation that does one or more.</summary>
    public static PoolOperation Of(IReadOnlyList<PoolOperation> parts) => parts.Count == 1 ? parts[0] : new Several(parts);

    /// <summary>What a group does not say of a member: its disk's number and size.</summary>
    public readonly record struct GroupDisk(uint Number, long Size);
}
