using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R29, R33, R35, R39: what a rollback needs, and the ways back that are one call.</summary>
public sealed class RollbackConditionRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R29_CanRollbackReportsEveryUnmetConditionAtOnce()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = await test.Pool.CreateDiskAsync("other", 8 * Block);
        Snapshot copy = await other.Chain.CreateAsync("copy", new SnapshotOptions { Kind = SnapshotKind.Copied });
        await disk.Chain.CreateAsync("s1");
        Assert.True(disk.Chain.CanRollback("s1").Ok);

        using IDisposable writer = test.Pool.Attach("disk", "nbd client 3");
        RollbackCheck check = disk.Chain.CanRollback(copy.Id);

        Assert.Equal([RollbackObstacle.SnapshotOfAnotherDisk, RollbackObstacle.SnapshotIsCopy, RollbackObstacle.DiskInUse], check.Obstacles);
        Assert.Equal(3, check.Messages.Count);
        Assert.Contains("nbd client 3", check.Messages[2], StringComparison.Ordinal);
        Assert.Equal([RollbackObstacle.SnapshotUnknown, RollbackObstacle.DiskInUse], disk.Chain.CanRollback("nothing").Obstacles);
        Assert.Equal(["nbd client 3"], test.Pool.UsersOf("disk"));
        await test.Pool.DeleteDiskAsync("disk");
        Assert.Equal([RollbackObstacle.DiskReleased, RollbackObstacle.DiskInUse], disk.Chain.CanRollback("s1").Obstacles);
    }

    [Fact]
    public async Task R29_RollbackIsRefusedWhileSomebodyElseWrites()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 1);
        using (test.Pool.Attach("disk", "nbd client 3"))
        {
            await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.RollbackAsync("s1"));
            await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.ReinitializeAsync());
            disk.AssertBlock(0, seed: 1);
            await disk.Chain.RollbackAsync("s1", new RollbackOptions { EvenIfInUse = true });
            string undo = disk.Chain.UndoPoint!.Name;
            await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync());
            await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync(undo));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => disk.Chain.UndoRollbackAsync(undo, new RollbackOptions { UndoRetentionDays = 0 }));
            disk.AssertBlockIsZero(0);
            await disk.Chain.UndoRollbackAsync(null, new RollbackOptions { EvenIfInUse = true, UndoRetentionDays = 3 });
            disk.AssertBlock(0, seed: 1);
            Assert.Equal(3, (disk.Chain.UndoPoint!.Expires!.Value - disk.Chain.UndoPoint.Created).TotalDays, tolerance: 0.1);
        }

        await disk.Chain.RollbackAsync("s1");
        disk.AssertBlockIsZero(0);
    }

    [Fact]
    public async Task R29_CopiedSnapshotRollsNoDiskBack()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("copy", new SnapshotOptions { Kind = SnapshotKind.Copied });

        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.RollbackAsync("copy"));
        Assert.Null(disk.Chain.UndoPoint);
        using IDisk clone = await disk.Chain.CloneAsync("copy", "clone");
    }

    [Fact]
    public async Task R33_OneCallKeepsThePresentGoesBackAndGivesADiskToCopyFrom()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("t1");
        disk.WriteBlock(0, seed: 2);
        disk.WriteBlock(5, seed: 3);

        using (IDisk present = await disk.Chain.SynchronizeFromAsync("t1", "t2", "present"))
        {
            Assert.Equal("present", present.Name);
            disk.AssertBlock(0, seed: 1);
            disk.AssertBlockIsZero(5);
            present.AssertBlock(0, seed: 2);
            disk.Write(5 * Block, present.ReadBytes(5 * Block, Block));
        }

        Assert.Equal(["t1", "t2"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        await test.Pool.DeleteDiskAsync("present");
        await test.ReopenAsync();
        using IDisk opened = test.Pool.OpenDisk("disk");
        opened.AssertBlock(0, seed: 1);
        opened.AssertBlock(5, seed: 3);
        await opened.Chain.UndoRollbackAsync();
        opened.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task R33_PreviewSaysWhatWouldChange_ChangesNothing_AndIsRefusedAsTheCallWouldBe()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        ISnapshotChain chain = disk.Chain;
        await chain.CreateAsync("t1");
        disk.WriteBlock(0, seed: 2);
        disk.WriteBlock(5, seed: 3);
        byte[] before = disk.ReadAll();

        using (test.Pool.Attach("disk", "nbd client 3"))
        {
            Assert.Equal(2 * Block, await chain.PreviewSynchronizeFromAsync("t1", "t2", "present"));
        }

        Assert.Equal(before, disk.ReadAll());
        Assert.Equal(["t1"], chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(["disk"], test.Pool.ListDisks().Select(info => info.Name));

        await Assert.ThrowsAsync<DiskExistsException>(() => chain.PreviewSynchronizeFromAsync("t1", "t2", "disk"));
        await Assert.ThrowsAsync<SnapshotExistsException>(() => chain.PreviewSynchronizeFromAsync("t1", "t1", "present"));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => chain.PreviewSynchronizeFromAsync("t9", "t2", "present"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => chain.PreviewSynchronizeFromAsync("t1", "auto_2", "present"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => chain.PreviewSynchronizeFromAsync("t1", "t2", "a@b"));
        await test.Pool.SuspendAsync("test");
        await Assert.ThrowsAsync<PoolSuspendedException>(() => chain.PreviewSynchronizeFromAsync("t1", "t2", "present"));
        await test.Pool.ResumeAsync();
        await chain.CreateAsync("t3");
        await Assert.ThrowsAsync<QuotaExceededException>(() => chain.PreviewSynchronizeFromAsync("t1", "t2", "present"));
        await test.Pool.DeleteDiskAsync("disk");
        await Assert.ThrowsAsync<DiskNotFoundException>(() => chain.PreviewSynchronizeFromAsync("t1", "t2", "present"));
    }

    [Fact]
    public async Task R33_WhenOneStepIsRefusedNoneIsDone()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("t1");
        disk.WriteBlock(0, seed: 2);

        await Assert.ThrowsAsync<DiskExistsException>(() => disk.Chain.SynchronizeFromAsync("t1", "t2", "disk"));
        await Assert.ThrowsAsync<SnapshotExistsException>(() => disk.Chain.SynchronizeFromAsync("t1", "t1", "present"));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => disk.Chain.SynchronizeFromAsync("t0", "t2", "present"));
        await disk.Chain.CreateAsync("t2");
        await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.SynchronizeFromAsync("t1", "t3", "present"));

        Assert.Null(disk.Chain.UndoPoint);
        disk.AssertBlock(0, seed: 2);
        Assert.Equal(2, disk.Chain.Snapshots.Count);
        Assert.Single(test.Pool.ListDisks());
    }

    [Fact]
    public async Task R35_BlankDiskBecomesEmptyAndThatCanBeUndone()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        disk.Resize(20 * Block);
        disk.WriteBlock(19, seed: 2);

        await disk.Chain.ReinitializeAsync();

        Assert.Equal(20 * Block, disk.Size);
        Assert.Empty(await disk.GetAllocatedBlocksAsync());
        Assert.Single(disk.Chain.Snapshots);
        await test.KillAsync();
        using IDisk opened = test.Pool.OpenDisk("disk");
        Assert.Empty(await opened.GetAllocatedBlocksAsync());
        await opened.Chain.UndoRollbackAsync();
        opened.AssertBlock(0, seed: 1);
        opened.AssertBlock(19, seed: 2);
    }

    [Fact]
    public async Task R35_DiskMadeFromASnapshotReturnsToItUntilThatIsDeleted()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone", 16 * Block);
        clone.WriteBlock(0, seed: 2);
        clone.WriteBlock(15, seed: 3);
        clone.Resize(4 * Block);

        await clone.Chain.ReinitializeAsync();

        Assert.Equal(8 * Block, clone.Size);
        clone.AssertBlock(0, seed: 1);
        await disk.Chain.DeleteAsync(["s1"], force: true);
        await Assert.ThrowsAsync<OriginDeletedException>(() => clone.Chain.ReinitializeAsync());
        clone.AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task R39_UnknownNamesAreAnOptionToIgnore()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");

        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => disk.Chain.DeleteAsync(["s1", "s0"]));
        Assert.Equal(2, disk.Chain.Snapshots.Count);
        DeletePreview deleted = await disk.Chain.DeleteAsync(["s1", "s0"], new SnapshotDeleteOptions { IgnoreUnknown = true });

        Assert.Equal("s1", Assert.Single(deleted.Snapshots).Name);
        Assert.Equal("s2", Assert.Single(disk.Chain.Snapshots).Name);
        Assert.Empty((await disk.Chain.DeleteAsync(["s0"], new SnapshotDeleteOptions { IgnoreUnknown = true })).Snapshots);
    }

    [Fact]
    public async Task R39_AnyNumberIsDeletedWithOneCall()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        string[] names = [.. Enumerable.Range(0, 1200).Select(i => $"s{i}")];
        foreach (string name in names)
        {
            await disk.Chain.CreateAsync(name);
        }

        DeletePreview deleted = await disk.Chain.DeleteAsync(names);

        Assert.Equal(1200, deleted.Snapshots.Count);
        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R39_PreviewIsExactForSnapshotsOfSeveralDisks()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk one = await test.Pool.CreateDiskAsync("one", 8 * Block);
        using IDisk two = await test.Pool.CreateDiskAsync("two", 8 * Block);
        one.WriteBlock(0, seed: 1);
        two.WriteBlock(0, seed: 2);
        Snapshot a = await one.Chain.CreateAsync("s1");
        using IDisk clone = await one.Chain.CloneAsync("s1", "clone");
        Snapshot b = await clone.Chain.CreateAsync("s1");
        Snapshot c = await two.Chain.CreateAsync("s1");
        one.WriteBlock(0, seed: 3);
        two.WriteBlock(0, seed: 4);
        clone.WriteBlock(0, seed: 5);

        Assert.Equal(0, (await test.Pool.PreviewDeleteAsync([a.Id])).FreedBytes);
        Assert.Equal(Block, (await test.Pool.PreviewDeleteAsync([a.Id, b.Id])).FreedBytes);
        Assert.Equal(2 * Block, (await test.Pool.PreviewDeleteAsync([a.Id, b.Id, c.Id])).FreedBytes);
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => test.Pool.PreviewDeleteAsync([default]));
    }
}
