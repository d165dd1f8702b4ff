using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R1 to R4, R6 to R8: what a snapshot holds and what it costs.</summary>
public sealed class StoredBlockRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R1_WritesBeforeTheFreezeAreInTheSnapshotAndLaterOnesAreNot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        disk.WriteBlock(1, seed: 2);

        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(1, seed: 3);
        disk.WriteBlock(2, seed: 4);
        disk.Discard(0, Block);

        using IDisk view = disk.Chain.Open("s1");
        view.AssertBlock(0, seed: 1);
        view.AssertBlock(1, seed: 2);
        view.AssertBlockIsZero(2);
    }

    [Fact]
    public async Task R1_WritesStartedAfterTheCreateCallReturnedItsTaskAreNotInTheSnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        for (int i = 0; i < 64; i++)
        {
            disk.WriteBlock(i, seed: i);
        }

        Task<Snapshot> creating = disk.Chain.CreateAsync("s1");
        for (int i = 0; i < 64; i++)
        {
            disk.WriteBlock(i, seed: 1000 + i);
        }

        await creating;
        using IDisk view = disk.Chain.Open("s1");
        for (int i = 0; i < 64; i++)
        {
            view.AssertBlock(i, seed: i);
        }
    }

    [Fact]
    public async Task R1_SnapshotSurvivesAKillAsSoonAsItIsMade()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block))
        {
            disk.WriteBlock(3, seed: 7);
            await disk.Chain.CreateAsync("s1");
        }

        await test.KillAsync();

        ISnapshotChain chain = test.Pool.OpenChain("disk");
        Assert.Equal("s1", Assert.Single(chain.Snapshots).Name);
        using IDisk view = chain.Open("s1");
        view.AssertBlock(3, seed: 7);
    }

    [Fact]
    public async Task R2_FirstSnapshotStoresNoBlocksNeverWrittenDiscardedOrAllZero()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1000 * Block);
        for (int i = 0; i < 10; i++)
        {
            disk.WriteBlock(100 + i, seed: i);
        }

        disk.Discard(100 * Block, 2 * Block);
        disk.Write(102 * Block, new byte[3 * Block]);
        disk.WriteZeroes(105 * Block, Block);
        disk.Write(500 * Block, new byte[20 * Block]);

        await disk.Chain.CreateAsync("s1");

        SnapshotUsage usage = await disk.Chain.GetUsageAsync("s1");
        Assert.Equal(4 * Block, usage.StoredBytes);
        using IDisk view = disk.Chain.Open("s1");
        Assert.Equal([106, 107, 108, 109], await view.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R3_LaterSnapshotCostsWhatChangedNotTheSizeOfTheDisk()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1000 * Block);
        disk.Write(0, Pattern.Bytes(1000 * Block, seed: 1));
        await disk.Chain.CreateAsync("full");
        disk.WriteBlock(17, seed: 2);
        disk.Write((30 * Block) + 100, Pattern.Bytes(10, seed: 3));
        await disk.Chain.CreateAsync("second");
        await disk.Chain.CreateAsync("third");

        IReadOnlyList<SnapshotUsage> usage = await disk.Chain.GetUsageAsync();

        Assert.Equal([1000 * Block, 2 * Block, 0], usage.Select(entry => entry.StoredBytes));
    }

    [Fact]
    public async Task R4_WriteNeverChangesWhatASnapshotRefersTo()
    {
        const int Versions = 12;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4 * Block);
        for (int version = 0; version < Versions; version++)
        {
            disk.WriteBlock(1, seed: version);
            await disk.Chain.CreateAsync($"s{version}");
        }

        disk.Write(Block + 10, new byte[100]);

        for (int version = 0; version < Versions; version++)
        {
            using IDisk view = disk.Chain.Open($"s{version}");
            view.AssertBlock(1, seed: version);
        }
    }

    [Fact]
    public async Task R4_UnchangedBlocksAreSharedByReferenceAndStoredOnce()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 256 * Block);
        disk.Write(0, Pattern.Bytes(256 * Block, seed: 1));
        await test.Pool.CheckpointAsync();
        long before = (await test.Pool.GetUsageAsync()).ReferencedBytes;

        for (int i = 0; i < 20; i++)
        {
            await disk.Chain.CreateAsync($"s{i}");
        }

        await test.Pool.CheckpointAsync();
        long after = (await test.Pool.GetUsageAsync()).ReferencedBytes;
        Assert.True(after - before < 64 * Block, $"20 snapshots of an unchanged disk cost {after - before} bytes.");
        Assert.All(await disk.Chain.GetUsageAsync(), usage => Assert.Equal((0, 256 * Block), (usage.ExclusiveBytes, usage.SharedBytes)));
    }

    [Fact]
    public async Task R6_WorkedExampleA_StoredBlocksAreSevenThenSix()
    {
        const int A = 0, B = 1, C = 2, D = 3;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4 * Block);
        ISnapshotChain chain = disk.Chain;
        foreach (int block in (int[])[A, B, C, D])
        {
            disk.WriteBlock(block, seed: block);
        }

        await chain.CreateAsync("snapshot1");
        disk.WriteBlock(B, seed: 11);
        disk.WriteBlock(C, seed: 12);
        await chain.CreateAsync("snapshot2");
        disk.WriteBlock(B, seed: 21);
        await chain.CreateAsync("snapshot3");

        Assert.Equal([4, 2, 1], (await chain.GetUsageAsync()).Select(usage => usage.StoredBytes / Block));
        Assert.Equal(7 * Block, (await test.Pool.GetDiskUsageAsync("disk")).SnapshotBytes);

        disk.Write(0, Pattern.Bytes(4 * Block, seed: 99));
        await chain.RollbackAsync("snapshot3");
        AssertThree(disk);

        DeletePreview preview = await chain.PreviewDeleteAsync(["snapshot2"]);
        Assert.Equal(Block, preview.FreedBytes);
        Assert.Equal(Block, (await chain.DeleteAsync(["snapshot2"])).FreedBytes);
        Assert.Equal([4, 2], (await chain.GetUsageAsync()).Select(usage => usage.StoredBytes / Block));
        Assert.Equal(6 * Block, (await test.Pool.GetDiskUsageAsync("disk")).SnapshotBytes);

        disk.WriteZeroes(0, 4 * Block);
        await test.Pool.CompactAsync();
        await chain.RollbackAsync("snapshot3");
        AssertThree(disk);

        static void AssertThree(IDisk disk)
        {
            disk.AssertBlock(A, seed: A);
            disk.AssertBlock(B, seed: 21);
            disk.AssertBlock(C, seed: 12);
            disk.AssertBlock(D, seed: D);
        }
    }

    [Fact]
    public async Task R6_StoredBlocksOfAnUndeletedSnapshot_AreThoseThatNoOlderOneHas()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4 * Block);
        ISnapshotChain chain = disk.Chain;
        disk.WriteBlock(0, seed: 1);
        await chain.CreateAsync("s0");
        disk.WriteBlock(0, seed: 2);
        await chain.CreateAsync("s1");
        await chain.RollbackAsync("s0");
        await chain.CreateAsync("s2");
        disk.WriteBlock(1, seed: 3);
        await chain.CreateAsync("s3");

        await chain.DeleteAsync(["s3"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        await chain.DeleteAsync(["s2"]); // so that s3 comes back behind s1, from which it does not descend
        await chain.UndeleteAsync("s3");

        Assert.Equal([1, 1, 1], (await chain.GetUsageAsync()).Select(usage => usage.StoredBytes / Block));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task R7_WorkedExampleB_DeletingTheMiddleFreesExactlyWhatNobodyElseRefersTo(int f)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        ISnapshotChain chain = disk.Chain;
        WriteBlocks(disk, first: 0, count: 6, seed: 100);
        await chain.CreateAsync("S0");

        // Two dirty blocks that S2 still refers to, and f that it does not.
        WriteBlocks(disk, first: 0, count: 2, seed: 200);
        WriteBlocks(disk, first: 20, count: f, seed: 300);
        await chain.CreateAsync("S1");
        disk.Discard(20 * Block, f * Block);
        WriteBlocks(disk, first: 2, count: 2, seed: 400);
        await chain.CreateAsync("S2");
        Assert.Equal([6, 2 + f, 2], (await chain.GetUsageAsync()).Select(usage => usage.StoredBytes / Block));

        Assert.Equal(f * Block, (await chain.PreviewDeleteAsync(["S1"])).FreedBytes);
        Assert.Equal(f * Block, (await chain.DeleteAsync(["S1"])).FreedBytes);

        Assert.Equal([6, 2 + 2], (await chain.GetUsageAsync()).Select(usage => usage.StoredBytes / Block));
        Assert.Equal(10 * Block, (await test.Pool.GetDiskUsageAsync("disk")).SnapshotBytes);
    }

    [Fact]
    public async Task R8_DisksOfOnePoolHaveTheirOwnBlockSizesAndKeepThem()
    {
        int[] sizes = [512, 1024, 4096, 65536];
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        foreach (int size in sizes)
        {
            using IDisk disk = await test.Pool.CreateDiskAsync($"disk{size}", 1 << 20, new BlockSize(size));
            disk.Write(size, [1]);
            await disk.Chain.CreateAsync("s1");
            Assert.Equal(size, (await disk.Chain.GetUsageAsync("s1")).StoredBytes);
        }

        await test.ReopenAsync();

        foreach (int size in sizes)
        {
            using IDisk disk = test.Pool.OpenDisk($"disk{size}");
            Assert.Equal(size, disk.BlockSize.Bytes);
            Assert.Equal([1], await disk.GetAllocatedBlocksAsync());
        }

        Assert.Equal(sizes, test.Pool.ListDisks().Select(disk => disk.BlockSize.Bytes).Order());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    [InlineData(513)]
    [InlineData(5000)]
    [InlineData(2 << 20)]
    [InlineData(-4096)]
    public void R8_BlockSizeIsAPowerOfTwoFrom512To1MiB(int bytes)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new BlockSize(bytes));

    [Fact]
    public async Task R8_BlockSizeIs4KiBUnlessSaid()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1 << 20);
        Assert.Equal(4096, disk.BlockSize.Bytes);
    }

    private static void WriteBlocks(IDisk disk, int first, int count, long seed)
    {
        for (int i = 0; i < count; i++)
        {
            disk.WriteBlock(first + i, seed + i);
        }
    }
}
