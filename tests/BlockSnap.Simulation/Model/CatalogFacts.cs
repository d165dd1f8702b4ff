using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Items;

namespace BlockSnap.Simulation;

/// <summary>Everything that a pool knows of disks, snapshots and other items, in the bytes of the format, without where their blocks are: an opening must not change any of it.</summary>
internal static class CatalogFacts
{
    public static IReadOnlyList<string> Of(DiskPool pool)
    {
        using (pool.Core.Gate.Enter())
        {
            Catalog catalog = pool.Core.Catalog;
            IEnumerable<string> chains = catalog.All.SelectMany(chain => chain.States.Select((state, at) => Of(state, at)).Prepend(Of(chain)));
            IEnumerable<string> items = catalog.Owners.OfType<ItemState>().Where(item => item.Value is not (ClockItem or PoolEvent)).Select(Of); // these go on by themselves
            return [.. chains.Concat(items).Order(StringComparer.Ordinal), $"next disk {catalog.NextNumber}"];
        }
    }

    private static string Of(ChainState chain) =>
        $"disk {chain.Volume.Number} {chain.Volume.Id} {chain.Volume.Name} {chain.Volume.Size} {chain.Volume.BlockSize} {chain.Volume.IsReleased} of {chain.Family} from {chain.Origin}";

    private static string Of(SnapshotState state, int at)
    {
        var writer = new FieldWriter();
        SnapshotCodec.WriteFacts(writer, state.Facts);
        return $"{state.Facts.DiskId} {at} {state.Place} {state.Facts.Name} {Convert.ToHexString(writer.Written)}";
    }

    private static string Of(ItemState item)
    {
        var writer = new FieldWriter();
        ItemCodec.WriteItem(writer, item.Value);
        return $"{item.Value.Kind} {Convert.ToHexString(writer.Written)}";
    }
}
