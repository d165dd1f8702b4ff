using BlockSnap.Throughput.StandIn;

namespace BlockSnap.Throughput.Scale;

/// <summary>A pool on a device that keeps no data, and the disk in it on which operations are measured. Default options, no quota.</summary>
internal sealed class ScaledPool : IDisposable
{
    private const long BlocksPerPiece = ByteSize.MiB / ByteSize.Block;

    private readonly string _directory;
    private BlockPicker _picker = new(1L << 62, Seeds.Next());
    private long _writes;
    private long _pieceStride = ByteSize.MiB;

    public ScaledPool(string directory)
    {
        _directory = directory;
        Device = new StandInDevice(new DirectoryDevice(directory, create: true));
        Pool = DiskPool.CreateAsync(Device, PoolUnderTest.Options).GetAwaiter().GetResult();
    }

    public StandInDevice Device { get; }

    public DiskPool Pool { get; private set; }

    public IDisk Disk { get; private set; } = null!;

    /// <summary>Bytes of the disk that have been written, at its beginning or evenly spread.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Makes the disk that is measured.</summary>
    public void CreateDisk(long size) => Disk = Pool.CreateDiskAsync(PoolUnderTest.DiskName, size).GetAwaiter().GetResult();

    /// <summary>Writes the disk's beginning up to <paramref name="bytes"/>.</summary>
    public void FillTo(long bytes)
    {
        StandInData.Fill(Disk, MappedBytes, bytes - MappedBytes, number: 1);
        MappedBytes = bytes;
        Disk.Flush();
    }

    /// <summary>Writes <paramref name="bytes"/>, 1 MiB at a time, evenly spread over the disk.</summary>
    public void FillSparse(long bytes)
    {
        long pieces = bytes / ByteSize.MiB;
        _pieceStride = Disk.Size / pieces / ByteSize.MiB * ByteSize.MiB;
        for (long i = 0; i < pieces; i++)
        {
            StandInData.Fill(Disk, i * _pieceStride, ByteSize.MiB, number: 1);
        }

        MappedBytes = bytes;
        Disk.Flush();
    }

    /// <summary>A random block among those written.</summary>
    public long NextOffset()
    {
        long block = (long)Math.BigMul((ulong)_picker.Next() << 2, (ulong)(MappedBytes / ByteSize.Block), out _);
        return (block / BlocksPerPiece * _pieceStride) + (block % BlocksPerPiece * ByteSize.Block);
    }

    /// <summary>Overwrites so many random blocks with other data.</summary>
    public void ChangeBlocks(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Disk.Write(NextOffset(), StandInData.Block(2 + (int)(_writes++ % (StandInData.Count - 1))));
        }
    }

    public void Close()
    {
        Disk.Dispose();
        Pool.Dispose();
    }

    /// <summary>Lets go of the pool as a killed process would.</summary>
    public void Abandon()
    {
        Disk.Dispose();
        Pool.Abandon();
    }

    /// <summary>Opens pool and disk again.</summary>
    public void Open()
    {
        Pool = DiskPool.OpenAsync(Device, PoolUnderTest.Options).GetAwaiter().GetResult();
        Disk = Pool.OpenDisk(PoolUnderTest.DiskName);
    }

    public void Dispose()
    {
        try
        {
            Close();
        }
        finally
        {
            Device.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }
}
