using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R19, R32: how long snapshots and the states before rollbacks are kept, and who ends that.</summary>
public sealed class RetentionRulesTests
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

    // The second call once had nothing to do, and returned although the device had nothing of the deletion.
    [Fact]
    public async Task R19_ExpiryWhoseFlushWasRefused_IsRefusedUntilItIsDurable()
    {
        var time = new ManualTime();
        var medium = new CrashableDevice();
        var device = new FaultyDevice(medium, DeviceCall.Write, 1, forever: true) { Fault = DeviceFault.NoSpace, IsArmed = false };
        DiskPoolOptions options = PoolChoice.Small.ToOptions(time: time) with { BackgroundWork = false };
        using DiskPool pool = await DiskPool.CreateAsync(device, options);
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("day", new SnapshotOptions { RetentionDays = 1 });
        time.Advance(TimeSpan.FromDays(1));

        device.IsArmed = true;
        await Assert.ThrowsAsync<PoolFullException>(() => pool.ExpireAsync());
        await Assert.ThrowsAsync<PoolFullException>(() => pool.ExpireAsync());
        device.IsArmed = false;
        await pool.ExpireAsync();

        using DiskPool left = await DiskPool.OpenAsync(medium.CrashState(CrashMode.Nothing), options);
        Assert.Empty(left.OpenChain("disk").Snapshots);
    }

    [Fact]
    public async Task R19_OpenPoolWhoseExpiryFailed_TriesAgainSoonerThanItsInterval()
    {
        var time = new ManualTime();
        var medium = new CrashableDevice();
        var device = new FaultyDevice(medium, DeviceCall.Write, 1, forever: true) { Fault = DeviceFault.NoSpace, IsArmed = false };
        DiskPoolOptions options = PoolChoice.Small.ToOptions(time: time) with { BackgroundWork = true, ExpiryInterval = TimeSpan.FromDays(1) };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options);
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("day", new SnapshotOptions { RetentionDays = 1 });
        await LookAsync(TimeSpan.FromMinutes(1)); // after the first one a day passes
        Assert.NotNull(disk.Chain.Find("day"));

        device.IsArmed = true;
        await LookAsync(TimeSpan.FromDays(1));
        int failures = device.Calls;
        Assert.True(failures > 0, "nothing was due");
        await LookAsync(TimeSpan.FromMinutes(1));
        Assert.True(device.Calls > failures, "not tried again after a minute");
        device.IsArmed = false;
        await LookAsync(TimeSpan.FromMinutes(2));

        using DiskPool left = await DiskPool.OpenAsync(medium.CrashState(CrashMode.Nothing), options with { BackgroundWork = false });
        Assert.Empty(left.OpenChain("disk").Snapshots);

        // The loop is another task: it has done its look when it waits for the next one.
        async Task LookAsync(TimeSpan after)
        {
            time.Advance(after);
            while (time.TimerCount == 0)
            {
                await Task.Yield();
            }
        }
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
}
