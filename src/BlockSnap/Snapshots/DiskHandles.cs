using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>Handles onto live disks: a disk with its chain.</summary>
internal static class DiskHandles
{
    /// <summary>Opens a disk by identity.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public static IDisk Open(PoolCore core, DiskId id)
    {
        using (core.Gate.Enter())
        {
            return New(core, core.Catalog.FindLive(id) ?? throw new DiskNotFoundException(id.ToString()));
        }
    }

    /// <summary>Opens a disk by name.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public static IDisk Open(PoolCore core, string name)
    {
        using (core.Gate.Enter())
        {
            return New(core, core.Catalog.Find(name) ?? throw new DiskNotFoundException(name));
        }
    }

    private static HeadDisk New(PoolCore core, ChainState chain) =>
        new(core.Engine, core.Pins, chain.Volume, new SnapshotChain(core, chain), core.Resize, core.Flusher.FlushAsync, core.Options.ReadOnly);
}
