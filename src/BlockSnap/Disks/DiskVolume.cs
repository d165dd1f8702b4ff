using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <summary>A disk as the engine sees it. Guarded by the gate.</summary>
internal sealed class DiskVolume(uint number, DiskId id, string name, long size, BlockSize blockSize, MapRoot root) : IVolumeView
{
    /// <summary>The short number that log records use.</summary>
    public uint Number { get; } = number;

    public DiskId Id { get; } = id;

    public string Name { get; } = name;

    public BlockSize BlockSize { get; } = blockSize;

    /// <summary>In bytes. No block beyond it is ever mapped, and what the last block has beyond it is zeros.</summary>
    public long Size { get; set; } = size;

    public MapHead Head { get; } = new(number, root);

    public MapRoot Root => Head.Root;

    /// <inheritdoc/>
    /// <exception cref="DiskNotFoundException">The disk was deleted: its map is empty, and would be read as zeros.</exception>
    MapRoot IVolumeView.Root
    {
        get
        {
            ThrowIfReleased();
            return Root;
        }
    }

    public DiskTraffic Traffic { get; } = new();

    /// <summary>Whether the disk was deleted; its snapshots may live on.</summary>
    public bool IsReleased { get; set; }

    /// <exception cref="DiskNotFoundException">The disk was deleted.</exception>
    public void ThrowIfReleased()
    {
        if (IsReleased)
        {
            throw new DiskNotFoundException(Name);
        }
    }

    /// <summary>Blocks that a size takes, the last one perhaps in part.</summary>
    public static long BlocksOf(long size, BlockSize blockSize) => (size + blockSize.Bytes - 1) >> blockSize.Log2;
}
