namespace BlockSnap.Tests.Infrastructure;

/// <summary>Short forms for what tests do to disks all the time.</summary>
internal static class DiskExtensions
{
    public static byte[] ReadBytes(this IDisk disk, long offset, int length)
    {
        byte[] data = new byte[length];
        disk.Read(offset, data);
        return data;
    }

    public static byte[] ReadAll(this IDisk disk) => disk.ReadBytes(0, checked((int)disk.Size));

    /// <summary>Reads a snapshot whole.</summary>
    public static byte[] ReadAll(this ISnapshotChain chain, string name)
    {
        using IDisk view = chain.Open(name);
        return view.ReadAll();
    }

    /// <summary>Writes one whole block of data that no other seed gives.</summary>
    public static void WriteBlock(this IDisk disk, long index, long seed)
        => disk.Write(index * disk.BlockSize.Bytes, Pattern.Bytes(disk.BlockSize.Bytes, seed));

    /// <summary>Writes one block in <paramref name="every"/>, each with a seed of its own, up to a failure.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="seeds">The seed of each block of the disk. That of a block is changed once the block was written.</param>
    /// <param name="seed">The seed of the first block; it grows by one for each block.</param>
    /// <param name="every">How far the blocks that are written lie apart.</param>
    public static void WriteBlocks(this IDisk disk, long[] seeds, long seed, int every)
    {
        for (int index = 0; index < seeds.Length; index += every)
        {
            disk.WriteBlock(index, seed + index);
            seeds[index] = seed + index;
        }
    }

    /// <summary>Writes block after block until the pool is full; returns how many it took.</summary>
    public static long FillUp(this IDisk disk, long seed)
    {
        long written = 0;
        try
        {
            for (; ; written++)
            {
                disk.WriteBlock(written, seed + written);
            }
        }
        catch (PoolFullException)
        {
            return written;
        }
    }

    public static bool HoldsBlock(this IDisk disk, long index, long seed)
        => disk.ReadBytes(index * disk.BlockSize.Bytes, disk.BlockSize.Bytes).AsSpan().SequenceEqual(Pattern.Bytes(disk.BlockSize.Bytes, seed));

    public static void AssertBlock(this IDisk disk, long index, long seed)
        => Assert.True(disk.HoldsBlock(index, seed), $"Block {index} of {disk.Name} is not what write {seed} put there.");

    /// <summary>Fails unless each block is what the write with its seed put there.</summary>
    public static void AssertBlocks(this IDisk disk, long[] seeds)
    {
        for (int index = 0; index < seeds.Length; index++)
        {
            disk.AssertBlock(index, seeds[index]);
        }
    }

    public static void AssertBlockIsZero(this IDisk disk, long index)
        => Assert.True(BlockDiffer.IsZero(disk.ReadBytes(index * disk.BlockSize.Bytes, disk.BlockSize.Bytes)), $"Block {index} of {disk.Name} is not zero.");

    /// <summary>The numbers of the blocks that hold data.</summary>
    public static async Task<List<long>> GetAllocatedBlocksAsync(this IDisk disk)
    {
        int blockBytes = disk.BlockSize.Bytes;
        var blocks = new List<long>();
        await foreach (ByteRange range in disk.GetAllocatedExtentsAsync())
        {
            Assert.True(range.Length > 0 && range.Offset % blockBytes == 0, $"The extent {range} does not begin at a block.");
            Assert.True(range.End % blockBytes == 0 || range.End == disk.Size, $"The extent {range} ends neither at a block nor at the size {disk.Size}.");
            long first = range.Offset / blockBytes;
            Assert.True(blocks.Count == 0 || blocks[^1] < first, $"The extent {range} is out of order.");
            for (long index = first; index * blockBytes < range.End; index++)
            {
                blocks.Add(index);
            }
        }

        return blocks;
    }

    public static async Task<List<ChangedExtent>> GetDiffAsync(this DiskPool pool, IDisk? from, IDisk to)
    {
        var extents = new List<ChangedExtent>();
        await foreach (ChangedExtent extent in pool.DiffAsync(from, to))
        {
            extents.Add(extent);
        }

        return extents;
    }

    public static async Task<DiskUsage> GetDiskUsageAsync(this DiskPool pool, string name)
        => (await pool.GetUsageAsync()).Disks.Single(usage => usage.Name == name);

    public static void AssertHolds(this ByteBounds bounds, long bytes, string what)
        => Assert.True(bounds.Holds(bytes), $"{what} is {bytes} bytes, expected {bounds}.");

    /// <summary>Fails with what the check found, data included.</summary>
    public static async Task AssertSoundAsync(this DiskPool pool)
    {
        CheckResult result = await pool.CheckAsync(verifyData: true);
        Assert.True(result.Ok, string.Join(Environment.NewLine, result.Errors));
    }
}
