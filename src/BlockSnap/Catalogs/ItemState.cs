using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>The place of an item in memory, the same one while its value changes. Guarded by the gate.</summary>
internal sealed class ItemState(ICatalogItem value) : TrackedOwner
{
    public ICatalogItem Value { get; set => Change(out field, value); } = value;
}
