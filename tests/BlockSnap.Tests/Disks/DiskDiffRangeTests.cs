using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>A diff of a part of a disk says what the whole diff says about that part, and reads no node beside it.</summary>
public sealed class DiskDiffRangeTests
{
    private const long Size = (3000 * 4096L) + 100; // several leaves, and a last block in part

    [Fact]
    public async Task Diff_OfAnyRange_IsThatPartOfTheWholeDiff()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", Size);
        var random = new Random(7);
        for (int i = 0; i < 400; i++)
        {
            disk.WriteBlock(random.Next(3000), i);
        }

        await disk.Chain.CreateAsync("before");
        for (int i = 0; i < 200; i++)
        {
            disk.WriteBlock(random.Next(3000), 1000 + i);
            disk.Discard(random.Next(3000) * 4096L, 4096);
        }

        disk.Write(Size - 50, Pattern.Bytes(50, 1));
        using IDisk before = disk.Chain.Open("before");
        foreach (IDisk? from in (IDisk?[])[null, before])
        {
            List<ChangedExtent> whole = await test.Pool.GetDiffAsync(from, disk);
            for (int i = 0; i < 200; i++)
            {
                long offset = random.NextInt64(Size + 5000);
                var range = new ByteRange(offset, random.NextInt64(i % 2 == 0 ? 20_000 : Size));
                Assert.Equal(Clip(whole, range), await test.Pool.DiffAsync(from, disk, range).ToListAsync());
            }
        }
    }

    [Fact]
    public async Task Diff_OfOneBlock_ReadsOnePathOfNodes()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 1L << 30);
        for (long block = 0; block < 1 << 18; block += 256)
        {
            disk.WriteBlock(block, block);
        }

        await disk.Chain.CreateAsync("now");
        using IDisk view = disk.Chain.Open("now");
        var diff = new MapDiff(((DiskBase)disk).Engine.Reader);
        using PinnedRoot pin = ((DiskBase)view).Pin();

        Assert.Equal([new MapDiff.Run(256, 1, true)], diff.Compare(null, pin, 200, 300));
        Assert.InRange(diff.NodesVisited, 1, pin.Root.Height + 1);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(2, long.MaxValue)]
    public async Task Diff_OfANonsenseRange_IsRefused(long offset, long length)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 4096);
        Assert.Throws<ArgumentOutOfRangeException>(() => test.Pool.DiffAsync(null, disk, new ByteRange(offset, length)));
    }

    private static List<ChangedExtent> Clip(IEnumerable<ChangedExtent> extents, ByteRange range)
    {
        var clipped = new List<ChangedExtent>();
        foreach (ChangedExtent extent in extents)
        {
            long start = Math.Max(extent.Offset, range.Offset);
            long end = Math.Min(extent.End, range.End);
            if (start < end)
            {
                clipped.Add(new ChangedExtent(start, end - start, extent.Kind));
            }
        }

        return clipped;
    }
}
