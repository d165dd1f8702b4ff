using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R51: a lock keeps a snapshot from everybody, whatever is done to the clock.</summary>
public sealed class LockRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R51_NobodyDeletesALockedSnapshot()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = 1 });
        Snapshot locked = await disk.Chain.LockAsync("s1", 5);
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromDays(5), locked.Lock!.Until);

        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.DeleteAsync(["s1"], force: true));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) }));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.UnlockAsync("s1"));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.LockAsync("s1", 4));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.LockAsync("s1", 5)); // no longer than it is
        await test.Pool.PurgeAsync();
        await test.Pool.DeleteDiskAsync("disk");
        time.Advance(TimeSpan.FromDays(4));
        Assert.Single((await test.Pool.ExpireAsync()).Kept);
        Assert.Single(disk.Chain.Snapshots);

        time.Advance(TimeSpan.FromDays(1));
        await disk.Chain.DeleteAsync(["s1"]);
        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R51_LockCanBeChangedInItsCoolOffAndOnlyExtendedAfterwards()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.LockAsync("s1", 100, TimeSpan.FromHours(72));
        time.Advance(TimeSpan.FromHours(71));

        Snapshot shorter = await disk.Chain.LockAsync("s1", 10, TimeSpan.FromHours(72));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromDays(10), shorter.Lock!.Until);
        Assert.Null((await disk.Chain.UnlockAsync("s1")).Lock);
        await disk.Chain.LockAsync("s1", 10, TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromMinutes(30));
        await disk.Chain.LockAsync("s1", 9, TimeSpan.FromHours(72));
        time.Advance(TimeSpan.FromMinutes(30));

        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.UnlockAsync("s1"));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.LockAsync("s1", 8));
        await disk.Chain.LockAsync("s1", 20);
        time.Advance(TimeSpan.FromDays(19));
        await Assert.ThrowsAsync<SnapshotLockedException>(() => disk.Chain.DeleteAsync(["s1"]));
        time.Advance(TimeSpan.FromDays(1));
        await disk.Chain.DeleteAsync(["s1"]);
    }

    [Fact]
    public async Task R51_ALockThatHasEndedDoesNotComeBackOutOfTheTrash()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.LockAsync("s1", 1);
        time.Advance(TimeSpan.FromDays(1));
        await disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(30) });
        await test.Pool.CheckpointAsync();
        await test.ReopenAsync();

        ISnapshotChain chain = test.Pool.OpenChain("disk");
        Assert.Null((await chain.UndeleteAsync("s1")).Lock);
        await chain.DeleteAsync(["s1"]);
    }

    [Fact]
    public async Task R51_NoJumpOfTheClockFreesALockEarlier()
    {
        var time = new ManualTime();
        var clock = new JumpingTime(time);
        await using TestPool test = await TestPool.CreateAsync(time: clock);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.LockAsync("s1", 10, TimeSpan.FromHours(1));
        ISnapshotChain chain = disk.Chain;
        foreach (int days in (int[])[3650, -3650, 5, 40_000])
        {
            clock.Offset = TimeSpan.FromDays(days);
            await AssertLockedAsync();
            time.Advance(TimeSpan.FromHours(6));
            await (days == 5 ? test.KillAsync() : test.ReopenAsync());
            chain = test.Pool.OpenChain("disk");
            await AssertLockedAsync();
            if (days == 5)
            {
                await test.Pool.CheckpointAsync();
            }
        }

        await Assert.ThrowsAsync<SnapshotLockedException>(() => chain.UnlockAsync("s1"));
        time.Advance(TimeSpan.FromDays(9) - TimeSpan.FromTicks(1));
        await AssertLockedAsync();
        time.Advance(TimeSpan.FromDays(1)); // A clock that went back while nothing was written cost the lock some hours more.
        await chain.DeleteAsync(["s1"]);
        Assert.Empty(chain.Snapshots);

        Task AssertLockedAsync() => Assert.ThrowsAsync<SnapshotLockedException>(() => chain.DeleteAsync(["s1"]));
    }

    [Fact]
    public async Task R51_RestartOfTheMachineAndAClockSetAheadFreeNothing()
    {
        var time = new ManualTime();
        var clock = new JumpingTime(time);
        await using TestPool test = await TestPool.CreateAsync(time: clock);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.LockAsync("s1", 10);
        time.Advance(TimeSpan.FromDays(4));

        // The machine was off for a year, as its clock has it, and has been up for a day when the pool is opened.
        clock.Offset = TimeSpan.FromDays(365);
        clock.Uptime = TimeSpan.FromDays(1);
        await test.KillAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");

        clock.Uptime += TimeSpan.FromDays(9) - TimeSpan.FromTicks(1); // The four days before the restart were not written down.
        await Assert.ThrowsAsync<SnapshotLockedException>(() => chain.DeleteAsync(["s1"]));
        clock.Uptime += TimeSpan.FromTicks(1);
        await chain.DeleteAsync(["s1"]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(36_501, 0)]
    [InlineData(1, -1)]
    [InlineData(1, 73)]
    public async Task R51_LockOutside1To36500DaysOr0To72HoursIsRefused(int days, int hours)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => disk.Chain.LockAsync("s1", days, TimeSpan.FromHours(hours)));
        Assert.Null(disk.Chain.Find("s1")!.Lock);
        await disk.Chain.LockAsync("s1", 36_500, TimeSpan.FromHours(72));
    }
}
