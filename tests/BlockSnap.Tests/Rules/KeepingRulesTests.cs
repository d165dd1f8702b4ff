using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R19, R51 and the trash: what keeps a snapshot, for how long, and what a clock can do about it.</summary>
public sealed class KeepingRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R19_ExpiryDeletesWhatHasOutlivedItsRetentionAndNothingElse()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("for-ever");
        await disk.Chain.CreateAsync("day", new SnapshotOptions { RetentionDays = 1 });
        await disk.Chain.CreateAsync("week", new SnapshotOptions { RetentionDays = 7 });

        time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(1));
        Assert.Empty((await test.Pool.ExpireAsync()).Expired);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("day", Assert.Single((await test.Pool.ExpireAsync(dryRun: true)).Expired).Name);
        Assert.Equal(3, disk.Chain.Snapshots.Count);
        Assert.Equal("day", Assert.Single((await test.Pool.ExpireAsync()).Expired).Name);
        await test.KillAsync();

        Assert.Equal(["for-ever", "week"], test.Pool.OpenChain("disk").Snapshots.Select(snapshot => snapshot.Name));
        await test.Pool.DeleteDiskAsync("disk");
        time.Advance(TimeSpan.FromDays(7));
        Assert.Equal("week", Assert.Single((await test.Pool.ExpireAsync()).Expired).Name);
    }

    [Fact]
    public async Task R19_ExpirySparesWhatIsHeldLockedInAnImageOrMadeIntoADisk()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        foreach (string name in (string[])["held", "locked", "in-image", "cloned", "free"])
        {
            await disk.Chain.CreateAsync(name, new SnapshotOptions { RetentionDays = 1 });
        }

        await disk.Chain.HoldAsync("held", "audit");
        await disk.Chain.LockAsync("locked", 10);
        await test.Pool.Images.CreateAsync("golden", disk.Chain.Find("in-image")!.Id);
        using IDisk clone = await disk.Chain.CloneAsync("cloned", "clone");
        time.Advance(TimeSpan.FromDays(2));

        ExpiryResult result = await test.Pool.ExpireAsync();

        Assert.Equal(["free"], result.Expired.Select(snapshot => snapshot.Name));
        Assert.Equal(["held", "locked", "in-image", "cloned"], result.Kept.Select(snapshot => snapshot.Name));
        Assert.Equal(4, disk.Chain.Snapshots.Count);
        await disk.Chain.ReleaseHoldAsync("held", "audit");
        Assert.Equal(["held"], (await test.Pool.ExpireAsync()).Expired.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R19_OpenPoolExpiresByItself_UntilItIsClosed()
    {
        var time = new ManualTime();
        DiskPoolOptions options = PoolChoice.Small.ToOptions(time: time) with { BackgroundWork = true, ExpiryInterval = TimeSpan.FromHours(1) };
        await using TestPool test = await TestPool.CreateAsync(options);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("day", new SnapshotOptions { RetentionDays = 1 });
        await disk.Chain.CreateAsync("for-ever");
        using PoolEventReader events = test.Pool.Events.Subscribe();
        Assert.Equal(1, time.TimerCount);

        while (disk.Chain.Find("day") is not null)
        {
            Assert.False(time.GetUtcNow() > disk.Chain.Find("day")?.Expires!.Value.AddDays(30), "It never expired.");
            time.Advance(TimeSpan.FromMinutes(1)); // the loop is another thread, and takes its time
            await Task.Yield();
        }

        await foreach (PoolEvent each in events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal((PoolEventKind.SnapshotExpired, "day"), (each.Kind, each.SnapshotName));
            break;
        }

        Assert.NotNull(disk.Chain.Find("for-ever"));
        await test.Pool.DisposeAsync();
        Assert.Equal(0, time.TimerCount);
    }

    [Fact]
    public async Task R19_PoolExpiresNothingByItself_WhenToldSo_OrReadOnly_OrWithoutBackgroundWork()
    {
        var time = new ManualTime();
        var device = new MemoryDevice();
        DiskPoolOptions options = PoolChoice.Small.ToOptions(time: time) with { BackgroundWork = true };
        Assert.Equal(TimeSpan.FromHours(1), new DiskPoolOptions().ExpiryInterval);
        foreach (DiskPoolOptions each in (DiskPoolOptions[])
            [options, options with { ExpiryInterval = TimeSpan.FromHours(1), BackgroundWork = false }, options with { ExpiryInterval = TimeSpan.FromHours(1), ReadOnly = true }])
        {
            await using DiskPool pool = await (each.ReadOnly ? DiskPool.OpenAsync(device, each) : DiskPool.OpenOrCreateAsync(device, each));
            Assert.Equal(0, time.TimerCount);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => DiskPool.OpenAsync(device, options with { ExpiryInterval = TimeSpan.FromDays(2) }));
    }

    [Fact]
    public async Task R19_RetentionCanBeChangedAndTakenAway()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = 1 });
        time.Advance(TimeSpan.FromHours(12));

        Assert.Equal(time.GetUtcNow() + TimeSpan.FromDays(3), (await disk.Chain.SetRetentionAsync("s1", 3)).Expires);
        time.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await test.Pool.ExpireAsync()).Expired);
        Assert.Null((await disk.Chain.SetRetentionAsync("s1", null)).Expires);
        time.Advance(TimeSpan.FromDays(1000));
        Assert.Empty((await test.Pool.ExpireAsync()).Expired);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => disk.Chain.SetRetentionAsync("s1", 0));
    }

    [Fact]
    public async Task R19_MoreThanAThousandExpireInOneCall()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(quota: SnapshotQuota.Unlimited, time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        for (int i = 0; i < 1050; i++)
        {
            await disk.Chain.CreateAsync($"s{i}", new SnapshotOptions { RetentionDays = 1 });
        }

        time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(1050, (await test.Pool.ExpireAsync()).Expired.Count);
        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R19_ClockThatIsSetAheadExpiresNothing()
    {
        var time = new ManualTime();
        var clock = new JumpingTime(time);
        await using TestPool test = await TestPool.CreateAsync(time: clock);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = 30 });

        clock.Offset = TimeSpan.FromDays(3650);
        Assert.Empty((await test.Pool.ExpireAsync()).Expired);
        clock.Offset = -TimeSpan.FromDays(3650);
        Assert.Empty((await test.Pool.ExpireAsync()).Expired);
        clock.Offset = TimeSpan.Zero;
        time.Advance(TimeSpan.FromDays(30));
        Assert.Single((await test.Pool.ExpireAsync()).Expired);
    }

    [Fact]
    public async Task R32_StateBeforeARollbackIsKeptUntilItsRetentionEnds()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.RollbackAsync("s1");
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromDays(30), disk.Chain.UndoPoint!.Expires);
        await disk.Chain.UndoRollbackAsync();

        await disk.Chain.RollbackAsync("s1", new RollbackOptions { UndoRetentionDays = 2 });
        time.Advance(TimeSpan.FromDays(2) - TimeSpan.FromTicks(1));
        Assert.Empty((await test.Pool.ExpireAsync()).UndoPoints);
        Assert.NotNull(disk.Chain.UndoPoint);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Single((await test.Pool.ExpireAsync()).UndoPoints);
        Assert.Single(disk.Chain.UndoPoints); // what the undo replaced has its own retention
        time.Advance(TimeSpan.FromDays(28));
        Assert.Single((await test.Pool.ExpireAsync()).UndoPoints);
        Assert.Null(disk.Chain.UndoPoint);
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync());
        await test.Pool.CompactAsync();
        Assert.Equal(0, (await test.Pool.GetUsageAsync()).ReferencedBytes);
    }

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

    [Fact]
    public async Task Hold_KeepsASnapshotUntilTheLastOneIsReleased()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.HoldAsync("s1", "backup");
        await disk.Chain.HoldAsync("s1", "audit of März");
        await disk.Chain.HoldAsync("s1", "backup");
        await test.KillAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");
        Assert.Equal(["backup", "audit of März"], chain.Find("s1")!.Holds);

        var refused = await Assert.ThrowsAsync<SnapshotInUseException>(() => chain.DeleteAsync(["s1"], force: true));
        Assert.Equal(["hold 'backup'", "hold 'audit of März'"], refused.Users);
        await chain.ReleaseHoldAsync("s1", "backup");
        await Assert.ThrowsAsync<ConflictException>(() => chain.ReleaseHoldAsync("s1", "backup"));
        await Assert.ThrowsAsync<SnapshotInUseException>(() => chain.DeleteAsync(["s1"]));
        await chain.ReleaseHoldAsync("s1", "audit of März");
        await chain.DeleteAsync(["s1"]);
    }

    [Fact]
    public async Task Hold_TwentyAreTheMost()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        for (int i = 0; i < 20; i++)
        {
            await disk.Chain.HoldAsync("s1", $"{i:D3}".PadRight(128, '快'));
        }

        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.HoldAsync("s1", "one more"));
        await test.KillAsync();
        Assert.Equal(20, test.Pool.OpenChain("disk").Find("s1")!.Holds.Count);
    }

    [Fact]
    public async Task Trash_DeletedSnapshotCanBeHadBackUntilItsGracePeriodEnds()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        foreach (int i in (int[])[1, 2, 3])
        {
            disk.WriteBlock(0, seed: i);
            await disk.Chain.CreateAsync($"s{i}");
        }

        disk.WriteBlock(0, seed: 4);
        var options = new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(7) };
        DeletePreview deleted = await disk.Chain.DeleteAsync(["s1", "s2"], options);
        Assert.Equal(2 * Block, deleted.FreedBytes);
        Assert.Equal(["s3"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(["s1", "s2"], disk.Chain.Trash.Select(snapshot => snapshot.Name));
        Assert.Throws<SnapshotNotFoundException>(() => disk.Chain.Open("s2"));
        Assert.Single(test.Pool.ListSnapshots().Snapshots);
        time.Advance(TimeSpan.FromDays(6));
        await test.Pool.ExpireAsync();
        await test.KillAsync();
        await test.Pool.CompactAsync();

        ISnapshotChain chain = test.Pool.OpenChain("disk");
        await chain.UndeleteAsync("s2");
        Assert.Equal(["s2", "s3"], chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Null(chain.Find("s2")!.PurgeAfter);
        using (IDisk view = chain.Open("s2"))
        {
            view.AssertBlock(0, seed: 2);
        }

        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("s1", Assert.Single((await test.Pool.ExpireAsync()).Purged).Name);
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => chain.UndeleteAsync("s1"));
        await test.Pool.CompactAsync();
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R11_UndeleteBeyondTheQuota_IsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(1));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        await disk.Chain.CreateAsync("s2");

        Assert.Equal(1, (await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.UndeleteAsync("s1"))).Limit);
        await disk.Chain.DeleteAsync(["s2"]);
        await disk.Chain.UndeleteAsync("s1");
        Assert.Equal("s1", Assert.Single(disk.Chain.Snapshots).Name);
    }

    [Fact]
    public async Task Trash_IsOffUnlessAskedForAndANameInItCanBeUsedAgain()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.DeleteAsync(["s1"]);
        Assert.Empty(disk.Chain.Trash);

        await disk.Chain.CreateAsync("s1");
        await disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        await disk.Chain.CreateAsync("s1");
        await Assert.ThrowsAsync<SnapshotExistsException>(() => disk.Chain.UndeleteAsync("s1"));
        await disk.Chain.DeleteAsync(["s1"]);
        await disk.Chain.UndeleteAsync("s1");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(-1) }));

        await test.Pool.DeleteDiskAsync("disk");
        await disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        Assert.Single(test.Pool.ListDisks(includeReleased: true));
        await disk.Chain.UndeleteAsync("s1");
        Assert.Single(disk.Chain.Snapshots);
    }
}
