using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R38 and R39: deleting snapshots.</summary>
public sealed class DeleteRulesTests
{
    private const int Block = 4096;
    private const int Count = 5;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task R38_AnySnapshotCanBeDeletedAndAllOthersStayAsTheyWere(int gone)
    {
        await using TestPool test = await CreateChainAsync();
        using IDisk disk = test.Pool.OpenDisk("disk");
        byte[] head = disk.ReadAll();
        byte[][] snapshots = [.. Enumerable.Range(0, Count).Select(i => disk.Chain.ReadAll($"s{i}"))];

        await disk.Chain.DeleteAsync([$"s{gone}"]);
        await test.Pool.CompactAsync();

        Assert.Equal(head, disk.ReadAll());
        Assert.Throws<SnapshotNotFoundException>(() => disk.Chain.Open($"s{gone}"));
        Assert.Equal(Enumerable.Range(0, Count).Where(i => i != gone).Select(i => $"s{i}"), disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        foreach (int i in Enumerable.Range(0, Count).Where(i => i != gone))
        {
            Assert.Equal(snapshots[i], disk.Chain.ReadAll($"s{i}"));
        }

        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R38_DeletionIsDurableWhenItReturnsAndLeavesNothingBehindAfterAKill()
    {
        await using TestPool test = await CreateChainAsync();
        byte[] kept = test.Pool.OpenChain("disk").ReadAll("s2");
        await test.Pool.OpenChain("disk").DeleteAsync(["s1", "s3"]);

        await test.KillAsync();

        ISnapshotChain chain = test.Pool.OpenChain("disk");
        Assert.Equal(["s0", "s2", "s4"], chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(kept, chain.ReadAll("s2"));
        await test.Pool.CompactAsync();
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R38_SpaceOfDeletedSnapshotsComesBack()
    {
        const int Bytes = 8 << 20;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Bytes);
        await test.Pool.CompactAsync();
        long empty = (await test.Pool.GetUsageAsync()).PhysicalBytes;
        for (int i = 0; i < 4; i++)
        {
            disk.Write(0, Pattern.Bytes(Bytes, seed: i));
            await disk.Chain.CreateAsync($"s{i}");
        }

        await test.Pool.CompactAsync();
        long full = (await test.Pool.GetUsageAsync()).PhysicalBytes;
        Assert.True(full - empty >= 4L * Bytes, $"Four full snapshots occupy {full - empty} bytes.");

        await disk.Chain.DeleteAsync(["s0", "s1", "s2"]);
        await test.Pool.CompactAsync();

        long left = (await test.Pool.GetUsageAsync()).PhysicalBytes - empty;
        Assert.True(left < Bytes * 3L / 2, $"One full snapshot of {Bytes} bytes is left and occupies {left}.");
        Assert.Equal(Pattern.Bytes(Bytes, seed: 3), disk.Chain.ReadAll("s3"));
    }

    [Fact]
    public async Task R38_DeletingCopiesNoDataBlock()
    {
        const int Bytes = 8 << 20;
        DiskPoolOptions options = new() { SegmentBytes = 1 << 20, CheckpointBytes = 1 << 20, DeadShare = 0.9, BackgroundWork = false };
        await using TestPool test = await TestPool.CreateAsync(options);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Bytes);
        disk.Write(0, Pattern.Bytes(Bytes, seed: 1));
        await disk.Chain.CreateAsync("s1");
        for (int i = 0; i < Bytes / Block; i += 2)
        {
            disk.WriteBlock(i, seed: i);
        }

        await disk.Chain.CreateAsync("s2");
        await test.Pool.CheckpointAsync();
        long before = test.WrittenBytes;

        await disk.Chain.DeleteAsync(["s1"]);
        await test.Pool.CheckpointAsync();

        long written = test.WrittenBytes - before;
        Assert.True(written < Bytes / 16, $"Deleting a snapshot of {Bytes} bytes, half of them shared, wrote {written} bytes.");
    }

    [Fact]
    public async Task R38_OpenViewStaysReadableWhateverHappensToItsSnapshot()
    {
        await using TestPool test = await CreateChainAsync();
        using IDisk disk = test.Pool.OpenDisk("disk");
        using IDisk view = disk.Chain.Open("s1");
        byte[] before = view.ReadAll();

        await disk.Chain.DeleteAsync(["s0", "s1", "s2"]);
        disk.Write(0, Pattern.Bytes((int)disk.Size, seed: 777));
        await test.Pool.CompactAsync();
        disk.Write(0, Pattern.Bytes((int)disk.Size, seed: 778));
        await test.Pool.CompactAsync();

        Assert.Equal(before, view.ReadAll());
    }

    [Fact]
    public async Task R39_PreviewIsExactForEverySubset()
    {
        // Contents are never the same twice, so a stored block is known by its bytes and can be counted from outside.
        await using TestPool test = await CreateChainAsync();
        using IDisk disk = test.Pool.OpenDisk("disk");
        (await disk.Chain.CloneAsync("s3", "clone")).Dispose();
        var contents = Enumerable.Range(0, Count).ToDictionary(i => $"s{i}", i => BlocksOf(disk.Chain.ReadAll($"s{i}")));
        contents["head"] = BlocksOf(disk.ReadAll());
        contents["clone"] = contents["s3"];

        for (int subset = 1; subset < 1 << Count; subset++)
        {
            string[] names = [.. Enumerable.Range(0, Count).Where(i => (subset >> i & 1) != 0).Select(i => $"s{i}")];
            var kept = contents.Where(entry => !names.Contains(entry.Key)).SelectMany(entry => entry.Value).ToHashSet();
            long expected = names.SelectMany(name => contents[name]).Distinct().Count(block => !kept.Contains(block)) * (long)Block;

            DeletePreview preview = await disk.Chain.PreviewDeleteAsync([.. names.Reverse()]);

            Assert.Equal(expected, preview.FreedBytes);
            Assert.Equal(names, preview.Snapshots.Select(snapshot => snapshot.Name));
        }

        Assert.Equal(Count, disk.Chain.Snapshots.Count); // A preview deletes nothing.
    }

    [Fact]
    public async Task R39_SeveralAtOnceFreeWhatNoneOfThemWouldFreeAlone()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");
        disk.WriteBlock(0, seed: 2);

        Assert.Equal(0, (await disk.Chain.PreviewDeleteAsync(["s1"])).FreedBytes);
        Assert.Equal(0, (await disk.Chain.PreviewDeleteAsync(["s2"])).FreedBytes);
        Assert.Equal(Block, (await disk.Chain.PreviewDeleteAsync(["s1", "s2"])).FreedBytes);
        Assert.Equal(Block, (await disk.Chain.DeleteAsync(["s1", "s2"])).FreedBytes);
        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R39_DeletingFreesWhatThePreviewSaid()
    {
        await using TestPool test = await CreateChainAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");
        long before = await DataBytesAsync(test.Pool);

        long expected = (await chain.PreviewDeleteAsync(["s1", "s2"])).FreedBytes;
        DeletePreview done = await chain.DeleteAsync(["s2", "s1"]);

        Assert.True(expected > 0);
        Assert.Equal(expected, done.FreedBytes);
        Assert.Equal(["s1", "s2"], done.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(expected, before - await DataBytesAsync(test.Pool));
    }

    [Fact]
    public async Task R39_UnknownNameAmongSeveralIsRefusedAndDeletesNone()
    {
        await using TestPool test = await CreateChainAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");

        SnapshotNotFoundException refused = await Assert.ThrowsAsync<SnapshotNotFoundException>(() => chain.DeleteAsync(["s0", "nobody", "s1"]));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => chain.PreviewDeleteAsync(["s0", "nobody"]));

        Assert.Equal("nobody", refused.SnapshotName);
        Assert.Equal(Count, chain.Snapshots.Count);
    }

    // Five snapshots that share blocks in many ways, and a head that differs from the last.
    private static async Task<TestPool> CreateChainAsync()
    {
        TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 40 * Block);
        for (int i = 0; i <= Count; i++)
        {
            for (int block = i; block < 40; block += i + 1)
            {
                disk.WriteBlock(block, seed: (1000 * i) + block);
            }

            disk.Discard((30 + i) * Block, Block);
            if (i < Count)
            {
                await disk.Chain.CreateAsync($"s{i}");
            }
        }

        return test;
    }

    private static HashSet<(int Index, long Start)> BlocksOf(byte[] bytes)
        => [.. Enumerable.Range(0, bytes.Length / Block)
            .Where(index => !BlockDiffer.IsZero(bytes.AsSpan(index * Block, Block)))
            .Select(index => (index, BitConverter.ToInt64(bytes, index * Block)))];

    // All data blocks of the only disk: those of the chain, and those of the head that no snapshot has.
    private static async Task<long> DataBytesAsync(DiskPool pool)
    {
        DiskUsage usage = await pool.GetDiskUsageAsync("disk");
        return usage.SnapshotBytes + usage.ExclusiveBytes;
    }
}
