namespace BlockSnap.Items;

/// <summary>
/// Something durable beside disks and snapshots: an immutable value that an operation puts into the catalog whole, or takes out again.
/// A new kind needs a number, a codec in ItemCodec and a list in FORMAT.md; log, checkpoint and replay know them all alike.
/// </summary>
internal interface ICatalogItem
{
    ItemKind Kind { get; }

    /// <summary>Unique among the items of the kind; empty where there is only one.</summary>
    Guid ItemId { get; }
}
