using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R30 to R32: going back, and back again.</summary>
public sealed class RollbackRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R30_WholeDiskGoesBackAndItsSizeToo()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", (10 * Block) + 100);
        byte[] before = Pattern.Bytes((10 * Block) + 100, seed: 1);
        disk.Write(0, before);
        await disk.Chain.CreateAsync("before");
        disk.Resize(500 * Block);
        disk.Write(0, Pattern.Bytes(300 * Block, seed: 2));

        await disk.Chain.RollbackAsync("before");

        Assert.Equal(before.Length, disk.Size);
        Assert.Equal(before, disk.ReadAll());
        Assert.Equal(before.Length, Assert.Single(test.Pool.ListDisks()).Size);
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.ReadBytes(before.Length, 1));
    }

    [Fact]
    public async Task R30_AfterARollbackToASmallerSizeAndARegrowTheRegrownAreaReadsZero()
    {
        const int Small = (3 * Block) + 7;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Small);
        disk.Write(0, Pattern.Bytes(Small, seed: 1));
        await disk.Chain.CreateAsync("small");
        disk.Resize(64 * Block);
        disk.Write(0, Pattern.Bytes(64 * Block, seed: 2));
        await disk.Chain.CreateAsync("big");

        await disk.Chain.RollbackAsync("small");
        disk.Resize(64 * Block);

        byte[] now = disk.ReadAll();
        Assert.Equal(Pattern.Bytes(Small, seed: 1), now[..Small]);
        Assert.True(BlockDiffer.IsZero(now.AsSpan(Small)));
        Assert.Equal([0, 1, 2, 3], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R30_RollbackIsDurableWhenItReturns()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block))
        {
            disk.WriteBlock(0, seed: 1);
            await disk.Chain.CreateAsync("s1");
            disk.WriteBlock(0, seed: 2);
            await disk.Chain.RollbackAsync("s1");
        }

        await test.KillAsync();

        using IDisk opened = test.Pool.OpenDisk("disk");
        opened.AssertBlock(0, seed: 1);
        await opened.Chain.UndoRollbackAsync();
        opened.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task R31_OtherDisksAreUntouchedAndNewerSnapshotsStay()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = await test.Pool.CreateDiskAsync("other", 8 * Block);
        for (int i = 1; i <= 3; i++)
        {
            disk.WriteBlock(0, seed: i);
            other.WriteBlock(0, seed: 10 + i);
            await disk.Chain.CreateAsync($"s{i}");
        }

        using IDisk clone = await disk.Chain.CloneAsync("s2", "clone");
        clone.WriteBlock(1, seed: 50);

        await disk.Chain.RollbackAsync("s1");
        disk.WriteBlock(0, seed: 4);
        await disk.Chain.CreateAsync("s4");

        Assert.Equal(["s1", "s2", "s3", "s4"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        for (int i = 1; i <= 4; i++)
        {
            using IDisk view = disk.Chain.Open($"s{i}");
            view.AssertBlock(0, seed: i);
        }

        other.AssertBlock(0, seed: 13);
        clone.AssertBlock(0, seed: 2);
        clone.AssertBlock(1, seed: 50);
        await disk.Chain.RollbackAsync("s3");
        disk.AssertBlock(0, seed: 3);
    }

    [Fact]
    public async Task R32_UndoBringsBackByteForByteWhatTheRollbackReplaced()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 20 * Block);
        disk.Write(0, Pattern.Bytes(20 * Block, seed: 1));
        await disk.Chain.CreateAsync("old");
        disk.Resize((33 * Block) + 11);
        byte[] replaced = Pattern.Bytes((33 * Block) + 11, seed: 2);
        replaced.AsSpan(5 * Block, 3 * Block).Clear();
        disk.Write(0, replaced);
        Assert.Null(disk.Chain.UndoPoint);

        await disk.Chain.RollbackAsync("old");
        Assert.Equal(replaced.Length, disk.Chain.UndoPoint!.Size);
        Assert.Equal(disk.Id, disk.Chain.UndoPoint.DiskId);
        await test.ReopenAsync();
        using IDisk opened = test.Pool.OpenDisk("disk");
        opened.WriteBlock(0, seed: 3); // What is written after the rollback does not disturb the way back.
        await opened.Chain.UndoRollbackAsync();

        Assert.Equal(replaced.Length, opened.Size);
        Assert.Equal(replaced, opened.ReadAll());
        Assert.DoesNotContain(5, await opened.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R32_UndoCanItselfBeUndone()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 2);
        await disk.Chain.RollbackAsync("s1");
        disk.WriteBlock(1, seed: 3);

        await disk.Chain.UndoRollbackAsync();
        disk.AssertBlock(0, seed: 2);
        disk.AssertBlockIsZero(1);
        await disk.Chain.UndoRollbackAsync();

        disk.AssertBlock(0, seed: 1);
        disk.AssertBlock(1, seed: 3);
    }

    // The undo point takes over nodes that were the head's alone. When the head comes back to them they may have another owner.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R32_UndoOfAStateThatSomebodyReads_ChangesNothingUnderThem(bool isStored)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.RollbackAsync("s1");
        if (isStored)
        {
            await test.Pool.CheckpointAsync();
        }

        using IDisk view = disk.Chain.Open(disk.Chain.UndoPoint!.Name);
        await disk.Chain.UndoRollbackAsync();
        disk.WriteBlock(0, seed: 2);
        disk.WriteBlock(1, seed: 3);

        view.AssertBlock(0, seed: 1);
        view.AssertBlockIsZero(1);
    }

    [Fact]
    public async Task R32_StateBeforeHasANameOfItsOwnAndIsNoSnapshotOfTheChain()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 2);
        await disk.Chain.RollbackAsync("s1");

        Snapshot undo = disk.Chain.UndoPoint!;

        Assert.Equal("s1", Assert.Single(disk.Chain.Snapshots).Name);
        Assert.Equal(undo.Id, disk.Chain.Find(undo.Name)!.Id);
        using IDisk view = disk.Chain.Open(undo.Name);
        view.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task R32_EachRollbackKeepsTheStateBefore_AndAnyOfThemCanBeBroughtBackByName()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        for (int i = 1; i <= 3; i++)
        {
            disk.WriteBlock(0, seed: i);
            await disk.Chain.RollbackAsync("s1");
        }

        await test.KillAsync();
        using IDisk opened = test.Pool.OpenDisk("disk");
        IReadOnlyList<Snapshot> points = opened.Chain.UndoPoints;
        Assert.Equal(3, points.Select(point => point.Name).Distinct().Count());
        Assert.Equal(opened.Chain.UndoPoint, points[^1]);
        await opened.Chain.UndoRollbackAsync(points[0].Name);

        opened.AssertBlock(0, seed: 1);
        Assert.Equal([points[1], points[2]], opened.Chain.UndoPoints.Take(2)); // the first is used up, the present was kept behind the others
        Assert.Equal(3, opened.Chain.UndoPoints.Count);
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => opened.Chain.UndoRollbackAsync(points[0].Name));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => opened.Chain.UndoRollbackAsync("s1"));
    }

    [Fact]
    public async Task R32_StatesBefore_HaveRetentionsOfTheirOwn_CanBeDeleted_AndGiveWayInTheEnd()
    {
        var options = new DiskPoolOptions { BackgroundWork = false, UndoPointsMax = 3 };
        await using TestPool test = await TestPool.CreateAsync(options);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        for (int i = 1; i <= 5; i++)
        {
            disk.WriteBlock(i, seed: i);
            await disk.Chain.RollbackAsync("s1", new RollbackOptions { UndoRetentionDays = i });
        }

        IReadOnlyList<Snapshot> points = disk.Chain.UndoPoints;
        Assert.Equal([3, 4, 5], points.Select(point => (int)Math.Round((point.Expires!.Value - point.Created).TotalDays)));
        await disk.Chain.SetRetentionAsync(points[0].Name, null);
        Assert.Null(disk.Chain.UndoPoints[0].Expires);
        Assert.Equal(Block, (await disk.Chain.DeleteAsync([points[1].Name])).FreedBytes);
        Assert.Equal([points[0].Name, points[2].Name], disk.Chain.UndoPoints.Select(point => point.Name));
        await disk.Chain.UndoRollbackAsync();
        disk.AssertBlock(5, seed: 5);
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R32_UndoWorksAfterTheSnapshotRolledBackToIsDeleted()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 2);
        await disk.Chain.RollbackAsync("s1");
        await disk.Chain.DeleteAsync(["s1"]);
        await test.Pool.CompactAsync();
        disk.AssertBlock(0, seed: 1);

        await disk.Chain.UndoRollbackAsync();

        disk.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task R32_UndoWithNothingToUndoIsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);

        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync());

        disk.AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task R32_RollbackToAnUnknownNameChangesNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = await test.Pool.CreateDiskAsync("other", 8 * Block);
        await other.Chain.CreateAsync("theirs");
        disk.WriteBlock(0, seed: 1);

        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => disk.Chain.RollbackAsync("theirs"));

        disk.AssertBlock(0, seed: 1);
        Assert.Null(disk.Chain.UndoPoint);
    }
}
