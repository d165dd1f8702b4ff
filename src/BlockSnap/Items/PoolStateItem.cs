namespace BlockSnap.Items;

/// <summary>What holds for the whole pool. There is none while everything is as usual.</summary>
/// <param name="SuspendReason">Why no snapshots are to be made.</param>
internal sealed record PoolStateItem(string SuspendReason) : ICatalogItem
{
    public ItemKind Kind => ItemKind.PoolState;

    public Guid ItemId => Guid.Empty;
}
