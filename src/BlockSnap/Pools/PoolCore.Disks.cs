using BlockSnap.Catalogs;
using BlockSnap.Disks;

namespace BlockSnap.Pools;

/// <content>Disks: their size, names, clones.</content>
internal sealed partial class PoolCore
{
    /// <summary>Changes a disk's size; shrinking drops what lies beyond, growing adds zeros.</summary>
    public void Resize(DiskVolume volume, long size)
    {
        if (size is < 0 or > IDisk.SizeMax)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A disk has 0 to 2^62 bytes.");
        }

        ThrowIfReadOnly($"resizing the disk '{volume.Name}'");
        while (!TryResize(volume, size, EndsInBlock(volume, size) ? Engine.Cut(volume, size) : null))
        {
            // Its last block was written since it was read, or the disk was resized.
        }
    }

    /// <summary>Refuses a name that a live disk has. Gate held.</summary>
    public void ThrowIfTaken(string diskName)
    {
        if (Catalog.Find(diskName) is not null)
        {
            throw new DiskExistsException(diskName);
        }
    }

    /// <summary>A new disk made from a snapshot. Gate held.</summary>
    /// <param name="chain">The snapshot's chain.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="diskName">The new disk's name, which must be free.</param>
    /// <param name="size">The new disk's size, or null for the snapshot's.</param>
    /// <param name="before">How many other disks the same operation makes before it.</param>
    public PoolOperation.CreateDisk CloneOf(ChainState chain, SnapshotState snapshot, string diskName, long? size, int before = 0)
    {
        long cloneSize = size ?? snapshot.Facts.Size;
        if (cloneSize < snapshot.Facts.Size || cloneSize > IDisk.SizeMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"A clone has at least the snapshot's {snapshot.Facts.Size} bytes and at most 2^62.");
        }

        ThrowIfTaken(diskName);
        uint number = Catalog.NextNumber + (uint)before;
        DiskVolume origin = chain.Volume;
        return new PoolOperation.CreateDisk(
            number, new DiskId(NewGuid()), diskName, cloneSize, origin.BlockSize, origin.Number, snapshot.Facts.Id);
    }

    private bool TryResize(DiskVolume volume, long size, CutBlock? cut) => Commit<bool>(
        () =>
        {
            ThrowIfChanging(LiveChainOf(volume));
            return EndsInBlock(volume, size) == cut is not null && (cut is null || Engine.IsUnchanged(cut))
                ? (new PoolOperation.ResizeDisk(volume.Number, size), true)
                : (null, false);
        },
        cut: cut);

    // Whether a disk that shrinks to a size ends inside one of its blocks then.
    private static bool EndsInBlock(DiskVolume volume, long size) => size < volume.Size && (size & (volume.BlockSize.Bytes - 1)) != 0;

    // Gate held.
    private ChainState LiveChainOf(DiskVolume volume) =>
        !volume.IsReleased && Catalog.Find(volume.Number) is { } chain ? chain : throw new DiskNotFoundException(volume.Name);
}
