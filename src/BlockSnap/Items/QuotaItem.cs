namespace BlockSnap.Items;

/// <summary>The quota that the pool itself keeps. There is none while it is the default.</summary>
/// <param name="Quota">How many snapshots a disk may have.</param>
internal sealed record QuotaItem(SnapshotQuota Quota) : ICatalogItem
{
    public ItemKind Kind => ItemKind.Quota;

    public Guid ItemId => Guid.Empty;
}
