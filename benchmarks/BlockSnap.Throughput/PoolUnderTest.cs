using BlockSnap.Throughput.StandIn;

namespace BlockSnap.Throughput;

/// <summary>A pool in a directory of its own with one disk, default options and no quota. Its data is noise. For one thread.</summary>
internal sealed class PoolUnderTest : ITarget, IDisposable
{
    /// <summary>The name of the disk.</summary>
    public const string DiskName = "disk";

    private const int ExtentBytes = 1 << 20;
    private const int BlocksPerExtent = ExtentBytes / ByteSize.Block;

    // So few that 10,000 steps change only a twenty-fifth of a 4 GiB disk.
    private const int BlocksPerStep = 4;
    private const string CloneOrigin = "origin";

    private readonly PoolSpec _spec;
    private bool _isMapped;

    private PoolUnderTest(string directory, PoolSpec spec, DiskPool pool)
    {
        Directory = directory;
        _spec = spec;
        Pool = pool;
        Disk = pool.OpenDisk(DiskName);
    }

    public static DiskPoolOptions Options { get; } = new() { SnapshotQuota = SnapshotQuota.Unlimited };

    public string Directory { get; }

    public DiskPool Pool { get; private set; }

    public IDisk Disk { get; private set; }

    /// <inheritdoc/>
    public long Size => _spec.DiskBytes;

    /// <summary>Blocks that were written when the pool was made.</summary>
    public int WrittenBlocks => (int)(_spec.WrittenBytes / ByteSize.Block);

    /// <summary>Where the blocks lie. Whoever writes to the disk sets it to <see cref="PoolLayout.Any"/>.</summary>
    public PoolLayout Layout { get; set; }

    /// <summary>Makes the pool and leaves it flushed.</summary>
    public static PoolUnderTest Create(string directory, PoolSpec spec)
    {
        if (spec.StandIn)
        {
            FillStandIn(directory, spec);
            return new PoolUnderTest(directory, spec, DiskPool.OpenAsync(directory, Options).GetAwaiter().GetResult());
        }

        DiskPool pool = DiskPool.CreateAsync(directory, Options).GetAwaiter().GetResult();
        pool.CreateDiskAsync(DiskName, spec.DiskBytes).GetAwaiter().GetResult().Dispose();
        var made = new PoolUnderTest(directory, spec, pool);
        made.Fill();
        for (int step = 0; step < spec.ChangeSteps; step++)
        {
            made.ChangeBlocks(BlocksPerStep);
            if (spec.Snapshots)
            {
                made.CreateSnapshot($"step-{step}");
            }
            else
            {
                made.Flush();
            }
        }

        if (spec.Clones > 0)
        {
            made.CreateSnapshot(CloneOrigin);
        }

        for (int clone = 0; clone < spec.Clones; clone++)
        {
            made.Disk.Chain.CloneAsync(CloneOrigin, $"clone-{clone}").GetAwaiter().GetResult().Dispose();
        }

        made.Layout = PoolLayout.InOrder;
        return made;
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer) => Disk.Read(offset, buffer);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data) => Disk.Write(offset, data);

    /// <inheritdoc/>
    public void Flush() => Disk.Flush();

    /// <summary>Overwrites so many different random blocks among those written when the pool was made; does not flush.</summary>
    public void ChangeBlocks(int count)
    {
        ulong seed = Seeds.Next();
        var noise = new NoiseBuffer(ByteSize.Block, seed);
        foreach (int block in BlockPicker.Distinct(WrittenBlocks, count, seed))
        {
            Disk.Write(WrittenOffset(block), noise.Take());
        }

        Layout = PoolLayout.Any;
    }

    /// <summary>Writes each block once more in random order, and flushes.</summary>
    public void Scatter()
    {
        ChangeBlocks(WrittenBlocks);
        Flush();
        Layout = PoolLayout.Scattered;
    }

    public void CreateSnapshot(string name) => Disk.Chain.CreateAsync(name).GetAwaiter().GetResult();

    public DeletePreview DeleteSnapshot(string name) => Disk.Chain.DeleteAsync([name]).GetAwaiter().GetResult();

    public void Compact() => Pool.CompactAsync().GetAwaiter().GetResult();

    /// <summary>The bytes that the pool's files occupy, as the file system tells them, not the pool.</summary>
    public long PhysicalBytes() =>
        System.IO.Directory.EnumerateFiles(Directory, "*", SearchOption.AllDirectories).Sum(Libc.AllocatedBytes);

    /// <summary>Has the pool read through mappings of its files, or not. Opens it again if that is a change.</summary>
    public void ReadThroughMappings(bool mapped)
    {
        if (_isMapped != mapped)
        {
            Close();
            _isMapped = mapped;
            Reopen();
        }
    }

    /// <summary>Closes the pool; its files stay.</summary>
    public void Close()
    {
        Disk.Dispose();
        Pool.Dispose();
    }

    /// <summary>Opens it again.</summary>
    public void Reopen()
    {
        Pool = DiskPool.OpenAsync(Directory, Options with { MappedReads = _isMapped }).GetAwaiter().GetResult();
        Disk = Pool.OpenDisk(DiskName);
    }

    /// <summary>Closes the pool and deletes its files, even when closing fails.</summary>
    public void Dispose()
    {
        try
        {
            Close();
        }
        finally
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private static void FillStandIn(string directory, PoolSpec spec)
    {
        using var device = new StandInDevice(new DirectoryDevice(directory, create: true));
        using DiskPool pool = DiskPool.CreateAsync(device, Options).GetAwaiter().GetResult();
        using IDisk disk = pool.CreateDiskAsync(DiskName, spec.DiskBytes).GetAwaiter().GetResult();
        StandInData.Fill(disk, 0, spec.WrittenBytes, number: 1);
    }

    private void Fill()
    {
        var noise = new NoiseBuffer(ExtentBytes, Seeds.Next());
        for (int block = 0; block < WrittenBlocks; block += BlocksPerExtent)
        {
            Disk.Write(WrittenOffset(block), noise.Take());
        }

        Flush();
    }

    private long WrittenOffset(int block)
    {
        long stride = _spec.DiskBytes / _spec.WrittenBytes * ExtentBytes;
        return (block / BlocksPerExtent * stride) + (block % BlocksPerExtent * ByteSize.Block);
    }
}
