using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R34, R35 and R37: disks made from snapshots.</summary>
public sealed class CloneRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R34_OneSnapshotMakesManyDisksEachWithAChainOfItsOwn()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 1));
        await disk.Chain.CreateAsync("golden");
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 2));

        var ids = new HashSet<DiskId> { disk.Id };
        for (int i = 0; i < 30; i++)
        {
            using IDisk clone = await disk.Chain.CloneAsync("golden", $"clone{i}");
            Assert.True(ids.Add(clone.Id));
            Assert.Equal(clone.Id, clone.Chain.Id);
            Assert.Equal(disk.BlockSize, clone.BlockSize);
            Assert.Empty(clone.Chain.Snapshots);
            clone.WriteBlock(i % 8, seed: 100 + i);
            await clone.Chain.CreateAsync("golden"); // A name counts in its own chain only.
        }

        for (int i = 0; i < 30; i++)
        {
            using IDisk clone = test.Pool.OpenDisk($"clone{i}");
            byte[] expected = Pattern.Bytes(8 * Block, seed: 1);
            Pattern.Fill(expected.AsSpan(i % 8 * Block, Block), seed: 100 + i);
            Assert.Equal(expected, clone.ReadAll());
        }

        Assert.Equal(Pattern.Bytes(8 * Block, seed: 1), disk.Chain.ReadAll("golden"));
        Assert.Equal("golden", Assert.Single(disk.Chain.Snapshots).Name);
        Assert.Equal(30, disk.Chain.Find("golden")!.CloneCount);
    }

    [Fact]
    public async Task R34_CloneStoresNothingUntilItIsWritten()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        disk.Write(0, Pattern.Bytes(64 * Block, seed: 1));
        await disk.Chain.CreateAsync("s1");

        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone");
        Assert.Equal((64 * Block, 0), (await UsageOf("clone")));
        clone.Write(100, [1]);

        Assert.Equal((64 * Block, Block), await UsageOf("clone"));

        async Task<(long, long)> UsageOf(string name)
        {
            DiskUsage usage = await test.Pool.GetDiskUsageAsync(name);
            return (usage.ReferencedBytes, usage.ExclusiveBytes);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 9)]
    [InlineData(1L << 50)]
    public async Task R34_DiskOfTheSnapshotsSizeOrLargerHasATailOfZeros(long more)
    {
        const int Size = (5 * Block) + 9;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        disk.Write(0, Pattern.Bytes(Size, seed: 1));
        await disk.Chain.CreateAsync("s1");

        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone", Size + more);

        Assert.Equal(Size + more, clone.Size);
        Assert.Equal(Pattern.Bytes(Size, seed: 1), clone.ReadBytes(0, Size));
        Assert.True(BlockDiffer.IsZero(clone.ReadBytes(Size, (int)Math.Min(more, 100 * Block))));
        Assert.Equal([0, 1, 2, 3, 4, 5], await clone.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R34_DiskSmallerThanTheSnapshotIsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");

        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CloneAsync("s1", "clone", (8 * Block) - 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CloneAsync("s1", "clone", (1L << 62) + 1));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => disk.Chain.CloneAsync("s2", "clone"));
        await Assert.ThrowsAsync<DiskExistsException>(() => disk.Chain.CloneAsync("s1", "disk"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CloneAsync("s1", "a@b"));

        Assert.Equal("disk", Assert.Single(test.Pool.ListDisks()).Name);
        Assert.Equal(0, disk.Chain.Find("s1")!.CloneCount);
    }

    [Fact]
    public async Task R34_CloneIsDurableWhenItReturns()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block))
        {
            disk.WriteBlock(0, seed: 1);
            await disk.Chain.CreateAsync("s1");
            (await disk.Chain.CloneAsync("s1", "clone")).Dispose();
        }

        await test.KillAsync();

        using IDisk clone = test.Pool.OpenDisk("clone");
        clone.AssertBlock(0, seed: 1);
        Assert.Equal(1, test.Pool.OpenChain("disk").Find("s1")!.CloneCount);
    }

    [Fact]
    public async Task R34_CloneOfACloneGoesOnWhenEverythingBeforeItIsDeletedInAnyOrder()
    {
        foreach (bool parentFirst in (bool[])[true, false])
        {
            await using TestPool test = await TestPool.CreateAsync();
            using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
            disk.WriteBlock(0, seed: 1);
            await disk.Chain.CreateAsync("s1");
            using IDisk clone = await disk.Chain.CloneAsync("s1", "clone");
            clone.WriteBlock(1, seed: 2);
            await clone.Chain.CreateAsync("s2");
            using IDisk grandchild = await clone.Chain.CloneAsync("s2", "grandchild");
            ISnapshotChain parentChain = disk.Chain, cloneChain = clone.Chain;

            foreach (bool parent in (bool[])[parentFirst, !parentFirst])
            {
                await (parent ? parentChain : cloneChain).DeleteAsync([parent ? "s1" : "s2"], force: true);
                await test.Pool.DeleteDiskAsync(parent ? "disk" : "clone");
            }

            await test.Pool.CompactAsync();
            await test.ReopenAsync();
            using IDisk left = test.Pool.OpenDisk("grandchild");
            left.AssertBlock(0, seed: 1);
            left.AssertBlock(1, seed: 2);
            Assert.Equal(2 * Block, (await test.Pool.GetDiskUsageAsync("grandchild")).ExclusiveBytes);
            await test.Pool.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task R35_BlankDiskReturnsToEmptyAndADiskMadeFromASnapshotReturnsToItUntilThatIsDeleted()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        ISnapshotChain chain = disk.Chain;
        disk.WriteBlock(0, seed: 1);
        disk.Discard(0, disk.Size);
        Assert.Empty(await disk.GetAllocatedBlocksAsync());
        disk.WriteBlock(0, seed: 2);
        await chain.CreateAsync("golden");
        using (IDisk first = await chain.CloneAsync("golden", "worker"))
        {
            first.WriteBlock(0, seed: 3);
        }

        // Making the disk anew is the way back that there is.
        await test.Pool.DeleteDiskAsync("worker");
        using (IDisk second = await chain.CloneAsync("golden", "worker"))
        {
            second.AssertBlock(0, seed: 2);
        }

        await test.Pool.DeleteDiskAsync("worker");
        await chain.DeleteAsync(["golden"]);
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => chain.CloneAsync("golden", "worker"));
    }

    [Fact]
    public async Task R37_SnapshotThatDisksWereMadeFromIsDeletedOnlyWithForceAndTheDisksGoOn()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");
        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone");
        disk.WriteBlock(0, seed: 2);

        Assert.Equal(["clone"], (await disk.Chain.PreviewDeleteAsync(["s1", "s2"])).Clones);
        SnapshotInUseException refused = await Assert.ThrowsAsync<SnapshotInUseException>(() => disk.Chain.DeleteAsync(["s2", "s1"]));
        Assert.Contains(refused.Users, user => user.Contains("clone", StringComparison.Ordinal));
        Assert.Equal(2, disk.Chain.Snapshots.Count); // None of the two is gone.

        DeletePreview done = await disk.Chain.DeleteAsync(["s1", "s2"], force: true);
        await test.Pool.CompactAsync();

        Assert.Equal(0, done.FreedBytes);
        clone.AssertBlock(0, seed: 1);
        await test.ReopenAsync();
        using IDisk opened = test.Pool.OpenDisk("clone");
        opened.AssertBlock(0, seed: 1);
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R37_NoForceIsNeededOnceTheDisksMadeFromItAreGone()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        using (IDisk clone = await disk.Chain.CloneAsync("s1", "clone"))
        {
            await clone.Chain.CreateAsync("keeps-the-chain");
        }

        Assert.Equal(1, disk.Chain.Find("s1")!.CloneCount);
        await test.Pool.DeleteDiskAsync("clone");

        Assert.Equal(0, disk.Chain.Find("s1")!.CloneCount);
        Assert.Empty((await disk.Chain.PreviewDeleteAsync(["s1"])).Clones);
        await disk.Chain.DeleteAsync(["s1"]);

        Assert.Empty(disk.Chain.Snapshots);
    }
}
