using BlockSnap.Format;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>Reading and writing at every alignment, size and block size, in both forms.</summary>
public sealed class DiskTransferTests
{
    private const long SizeMax = 1L << 62;

    public static TheoryData<int> BlockSizes => [.. Enumerable.Range(9, 12).Select(log2 => 1 << log2)];

    // A random history found it: zeros of length 0 at the end of a disk that ends inside a block wrote that block anew.
    [Fact]
    public async Task WriteZeroes_OfNoBytesWithinABlock_CopiesNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 100);
        disk.Write(0, Pattern.Bytes(100, 1));
        await disk.Chain.CreateAsync("s1");
        disk.WriteZeroes(100, 0);
        disk.WriteZeroes(7, 0);
        Assert.Equal(0, (await disk.Chain.PreviewDeleteAsync(["s1"])).FreedBytes);
    }

    // Blocks that are written together look up their leaf of the map once: they must not go on in it behind its end.
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(256)]
    public async Task Write_AcrossTwoLeavesOfTheMap_ChangesExactlyItsBytes(int blocksBefore)
    {
        const int Block = 512;
        const int LeafBlocks = NodeLayout.Fanout;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4 * LeafBlocks * Block, new BlockSize(Block));
        var expected = new DiskState(Block, disk.Size);
        for (int round = 0; round < 2; round++)
        {
            byte[] data = Pattern.Bytes((blocksBefore + LeafBlocks + 9) * Block, round);
            long offset = ((2 * LeafBlocks) - blocksBefore) * Block;
            disk.Write(offset, data);
            expected.Write(offset, data);
            byte[] content = new byte[disk.Size];
            expected.Read(0, content);
            Assert.True(content.AsSpan().SequenceEqual(disk.ReadAll()));
            await disk.Chain.CreateAsync($"s{round}"); // the next round copies the leaves
        }
    }

    [Fact]
    public async Task WriteAtEveryOffsetAroundABlockBorder_ChangesExactlyItsBytes()
    {
        const int Block = 512;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 6 * Block, new BlockSize(Block));
        var expected = new DiskState(Block, 6 * Block);
        byte[] content = new byte[6 * Block];
        int[] lengths = [1, 2, 7, Block - 1, Block, Block + 1, (2 * Block) - 1, 2 * Block, (2 * Block) + 1];
        long seed = 0;
        foreach (int length in lengths)
        {
            for (int offset = Block - 4; offset <= Block + 4; offset++)
            {
                byte[] data = Pattern.Bytes(length, ++seed);
                disk.Write(offset, data);
                expected.Write(offset, data);
                AssertSame(offset, length);
            }

            for (int end = (4 * Block) - 3; end <= (4 * Block) + 3; end++)
            {
                disk.WriteZeroes(end - length, length);
                expected.WriteZeroes(end - length, length);
                AssertSame(end - length, length);
            }
        }

        void AssertSame(int offset, int length)
        {
            expected.Read(0, content);
            Assert.True(content.AsSpan().SequenceEqual(disk.ReadAll()), $"After {length} bytes at {offset} the disk is not what it should be.");
        }
    }

    [Fact]
    public async Task ReadAtEveryOffsetAroundABlockBorder_GivesExactlyItsBytes()
    {
        const int Block = 512;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 6 * Block, new BlockSize(Block));
        byte[] content = Pattern.Bytes(6 * Block, seed: 1);
        content.AsSpan(2 * Block, Block).Clear(); // A hole between data.
        disk.Write(0, content);

        for (int offset = Block - 5; offset <= Block + 5; offset++)
        {
            for (int end = offset; end <= 6 * Block; end += end % Block is >= 5 and < Block - 5 ? 97 : 1)
            {
                byte[] read = disk.ReadBytes(offset, end - offset);
                Assert.True(content.AsSpan(offset, end - offset).SequenceEqual(read), $"{end - offset} bytes at {offset} are wrong.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public async Task EveryBlockSize_HoldsUnalignedDataSnapshotsAndHoles(int blockBytes)
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        int size = (5 * blockBytes) + (blockBytes / 2) + 1;
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", size, new BlockSize(blockBytes)))
        {
            Assert.Equal(blockBytes, disk.BlockSize.Bytes);
            disk.Write(blockBytes - 3, Pattern.Bytes((2 * blockBytes) + 6, seed: 1));
            await disk.Chain.CreateAsync("s1");
            disk.Write(size - 1, [0xFF]);
            disk.Discard(blockBytes, blockBytes);
        }

        await test.ReopenAsync();

        using IDisk opened = test.Pool.OpenDisk("disk");
        byte[] expected = new byte[size];
        Pattern.Fill(expected.AsSpan(blockBytes - 3, (2 * blockBytes) + 6), seed: 1);
        Assert.Equal(expected, opened.Chain.ReadAll("s1"));
        expected.AsSpan(blockBytes, blockBytes).Clear();
        expected[^1] = 0xFF;
        Assert.Equal(expected, opened.ReadAll());
        Assert.Equal([0, 2, 3, 5], await opened.GetAllocatedBlocksAsync());
        Assert.Equal(4L * blockBytes, (await opened.Chain.GetUsageAsync("s1")).StoredBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(12_345)]
    public async Task SizeThatIsNoMultipleOfTheBlock_IsKeptToTheByte(int size)
    {
        await using TestPool test = await TestPool.CreateAsync();
        byte[] content = Pattern.Bytes(size, seed: 1);
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", size))
        {
            disk.Write(0, content);
            Assert.Throws<ArgumentOutOfRangeException>(() => disk.Write(size, [1]));
        }

        await test.ReopenAsync();

        using IDisk opened = test.Pool.OpenDisk("disk");
        Assert.Equal(size, opened.Size);
        Assert.Equal(content, opened.ReadAll());
        ByteRange last = default;
        await foreach (ByteRange range in opened.GetAllocatedExtentsAsync())
        {
            last = range;
        }

        Assert.Equal(size, last.End);
    }

    [Theory]
    [InlineData(4096, 1)]
    [InlineData(4096, 4095)]
    [InlineData(10_000, 4096)]
    [InlineData(10_000, 4097)]
    [InlineData(10_000, 0)]
    public async Task ShrinkAndRegrow_ReadsZerosWhereItWasCut(int size, int smaller)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", size);
        byte[] content = Pattern.Bytes(size, seed: 1);
        disk.Write(0, content);
        await disk.Chain.CreateAsync("full");

        disk.Resize(smaller);
        Assert.Equal(smaller, disk.Size);
        await disk.Chain.CreateAsync("cut");
        disk.Resize(size * 2);

        Assert.Equal(content[..smaller], disk.ReadBytes(0, smaller));
        Assert.True(BlockDiffer.IsZero(disk.ReadBytes(smaller, (size * 2) - smaller)));
        Assert.Equal(content[..smaller], disk.Chain.ReadAll("cut"));
        Assert.Equal(content, disk.Chain.ReadAll("full"));
    }

    [Fact]
    public async Task SizeZero_IsADiskLikeAnyOther()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 0))
        {
            disk.Flush();
            Assert.Empty(await disk.GetAllocatedBlocksAsync());
            Assert.Equal(0, (await disk.Chain.CreateAsync("empty")).Size);
            Assert.Throws<ArgumentOutOfRangeException>(() => disk.ReadBytes(0, 1));
            using Stream stream = disk.AsStream();
            Assert.Equal(-1, stream.ReadByte());
        }

        await test.ReopenAsync();

        using IDisk opened = test.Pool.OpenDisk("disk");
        Assert.Empty(await test.Pool.GetDiffAsync(null, opened));
        using IDisk clone = await opened.Chain.CloneAsync("empty", "clone", 10_000);
        clone.Write(9_999, [1]);
        opened.Resize(1);
        opened.Write(0, [1]);
        await opened.Chain.RollbackAsync("empty");
        Assert.Equal(0, opened.Size);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public async Task DiskOf2To62Bytes_HoldsDataAtBothEnds(int blockBytes)
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", SizeMax, new BlockSize(blockBytes)))
        {
            disk.Write(0, Pattern.Bytes(100, seed: 1));
            disk.Write(SizeMax - 100, Pattern.Bytes(100, seed: 2));
            disk.Write((SizeMax / 2) - 50, Pattern.Bytes(100, seed: 3));
            await disk.Chain.CreateAsync("s1");
            disk.WriteZeroes(blockBytes, SizeMax - (2L * blockBytes)); // All but the ends, and it takes no time.
            Assert.Throws<ArgumentOutOfRangeException>(() => disk.Write(SizeMax - 1, new byte[2]));
        }

        await test.ReopenAsync();

        using IDisk opened = test.Pool.OpenDisk("disk");
        long last = (SizeMax / blockBytes) - 1;
        Assert.Equal(SizeMax, opened.Size);
        Assert.Equal(Pattern.Bytes(100, seed: 1), opened.ReadBytes(0, 100));
        Assert.Equal(Pattern.Bytes(100, seed: 2), opened.ReadBytes(SizeMax - 100, 100));
        Assert.True(BlockDiffer.IsZero(opened.ReadBytes((SizeMax / 2) - 50, 100)));
        using IDisk view = opened.Chain.Open("s1");
        Assert.Equal(Pattern.Bytes(100, seed: 3), view.ReadBytes((SizeMax / 2) - 50, 100));
        Assert.Equal([0, last / 2, (last / 2) + 1, last], await view.GetAllocatedBlocksAsync());
        List<ChangedExtent> diff = await test.Pool.GetDiffAsync(view, opened);
        Assert.Equal(ChangeKind.Zero, Assert.Single(diff.DistinctBy(extent => extent.Kind)).Kind);
        Assert.Equal(2L * blockBytes, diff.Sum(extent => extent.Length));
        opened.Discard(0, SizeMax);
        Assert.Empty(await opened.GetAllocatedBlocksAsync());
        opened.Resize(10);
        Assert.Equal(new byte[10], opened.ReadAll());
    }

    [Fact]
    public async Task AsyncAndSync_DoTheSame()
    {
        const int Size = 300_000;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk sync = await test.Pool.CreateDiskAsync("sync", Size);
        using IDisk async = await test.Pool.CreateDiskAsync("async", Size);
        var random = new Random(7);
        for (int i = 0; i < 300; i++)
        {
            int offset = random.Next(Size);
            int length = random.Next(Math.Min(Size - offset, 20_000));
            byte[] data = Pattern.Bytes(length, seed: i);
            switch (random.Next(6))
            {
                case 0:
                    sync.Discard(offset, length);
                    await async.DiscardAsync(offset, length);
                    break;
                case 1:
                    sync.WriteZeroes(offset, length);
                    await async.WriteZeroesAsync(offset, length);
                    break;
                case 2:
                    sync.Flush();
                    await async.FlushAsync();
                    break;
                default:
                    sync.Write(offset, data);
                    await async.WriteAsync(offset, data);
                    break;
            }
        }

        sync.Resize(Size - 5000);
        await async.ResizeAsync(Size - 5000);
        byte[] read = new byte[Size - 5000];
        await async.ReadAsync(0, read);
        Assert.Equal(sync.ReadAll(), read);
        Assert.Equal(await sync.GetAllocatedBlocksAsync(), await async.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task BufferOfAWrite_CanBeUsedAgainAsSoonAsTheWriteReturned()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1 << 20);
        byte[] buffer = new byte[4096];
        for (int i = 0; i < 256; i++)
        {
            Pattern.Fill(buffer, seed: i);
            if (i % 2 == 0)
            {
                disk.Write(i * 4096, buffer);
            }
            else
            {
                await disk.WriteAsync(i * 4096, buffer);
            }
        }

        await test.ReopenAsync();
        using IDisk opened = test.Pool.OpenDisk("disk");
        for (int i = 0; i < 256; i++)
        {
            opened.AssertBlock(i, seed: i);
        }
    }

    [Fact]
    public async Task AllocatedExtents_AreThoseOfTheTimeOfTheCall()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * 4096);
        disk.WriteBlock(3, seed: 1);
        disk.WriteBlock(60, seed: 2);
        var found = new List<long>();

        await using IAsyncEnumerator<ByteRange> extents = disk.GetAllocatedExtentsAsync().GetAsyncEnumerator();
        Assert.True(await extents.MoveNextAsync());
        found.Add(extents.Current.Offset / 4096);
        disk.WriteBlock(30, seed: 3);
        disk.Discard(60 * 4096, 4096);
        while (await extents.MoveNextAsync())
        {
            found.Add(extents.Current.Offset / 4096);
        }

        Assert.Equal([3, 60], found);
        Assert.Equal([3, 30], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task Flush_OnOneDisk_CoversWritesToAll()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 1 << 20))
        using (IDisk other = await test.Pool.CreateDiskAsync("other", 1 << 20))
        {
            disk.WriteBlock(0, seed: 1);
            other.WriteBlock(0, seed: 2);
            disk.Flush();
        }

        await test.KillAsync();

        using IDisk opened = test.Pool.OpenDisk("other");
        opened.AssertBlock(0, seed: 2);
    }
}
