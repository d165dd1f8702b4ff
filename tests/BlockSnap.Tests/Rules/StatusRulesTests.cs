using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Rules;

/// <summary>R14, R15, R17: status, one change at a time, and calls that are repeated.</summary>
public sealed class StatusRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R14_IdIsReturnedAtTheFreezePoint()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);

        SnapshotCreation creation = await disk.Chain.BeginCreateAsync("s1");
        disk.WriteBlock(0, seed: 2);
        Snapshot made = await creation.Completion;

        Assert.Equal(SnapshotStatus.Progressing, creation.Snapshot.Status);
        Assert.Equal(creation.Snapshot.Id, made.Id);
        Assert.Equal(SnapshotStatus.Accomplished, made.Status);
        Assert.Equal(SnapshotStatus.Accomplished, disk.Chain.Find("s1")!.Status);
        using IDisk view = disk.Chain.Open("s1");
        view.AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task R14_ProgressIsToldInPercent_FromTheFreezePointUntilItIsDurable()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions() with { CheckpointBytes = 1 << 20 });
        using IDisk disk = await pool.CreateDiskAsync("disk", 64 * Block);
        disk.Write(0, Pattern.Bytes(40 * Block, seed: 1)); // three segments that are not on the device yet
        var seen = new List<(SnapshotStatus Status, int Percent)>();
        device.Before = (call, _) =>
        {
            if (call is "write" or "flush" && disk.Chain.Find("s1") is { } making)
            {
                seen.Add((making.Status, making.ProgressPercent));
            }
        };

        SnapshotCreation creation = await disk.Chain.BeginCreateAsync("s1");
        Snapshot made = await creation.Completion;
        device.Before = static (_, _) => { };

        Assert.Equal((SnapshotStatus.Progressing, 0), (creation.Snapshot.Status, creation.Snapshot.ProgressPercent));
        Assert.Equal((SnapshotStatus.Accomplished, 100), (made.Status, made.ProgressPercent));
        Assert.Equal(100, disk.Chain.Find("s1")!.ProgressPercent);
        Assert.All(seen, each => Assert.Equal(SnapshotStatus.Progressing, each.Status));
        Assert.Equal(seen.Select(each => each.Percent).Order(), seen.Select(each => each.Percent));
        Assert.Equal((0, 99), (seen[0].Percent, seen[^1].Percent)); // nothing handed over; all of it, but not flushed
        Assert.Contains(seen, each => each.Percent is > 20 and < 80);
    }

    [Fact]
    public async Task R14_SnapshotThatCannotBeMadeDurableIsListedAsFailed()
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Flush, at: 1, forever: true) { IsArmed = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        device.IsArmed = true;

        await Assert.ThrowsAnyAsync<IOException>(() => disk.Chain.CreateAsync("s1"));

        Assert.Equal(SnapshotStatus.Failed, Assert.Single(disk.Chain.Snapshots).Status);
        Assert.InRange(Assert.Single(disk.Chain.Snapshots).ProgressPercent, 0, 99);
        Assert.Equal([RollbackObstacle.SnapshotNotAccomplished], disk.Chain.CanRollback("s1").Obstacles);
        Assert.Equal("s1", Assert.Single(pool.ListSnapshots(new SnapshotFilter { Status = SnapshotStatus.Failed }).Snapshots).Name);
        Assert.Empty(pool.ListSnapshots(new SnapshotFilter { Status = SnapshotStatus.Accomplished }).Snapshots);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R14_SnapshotsOfAGroupOrAPolicyThatCannotBeMadeDurable_AreListedAsFailed(bool byPolicy)
    {
        var time = new ManualTime(PolicyPool.Utc("2026-01-02 00:30"));
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Flush, at: 1, forever: true) { IsArmed = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions(time: time));
        using IDisk a = await pool.CreateDiskAsync("a", 8 * Block);
        using IDisk b = await pool.CreateDiskAsync("b", 8 * Block);
        await pool.Policies.CreateAsync(PolicyPool.Hourly);
        await pool.Policies.ApplyAsync("hourly", ["a", "b"]);
        time.Advance(TimeSpan.FromHours(1));
        device.IsArmed = true;

        await Assert.ThrowsAnyAsync<IOException>(() => byPolicy ? pool.Policies.RunAsync() : pool.Groups.CreateAsync("group", ["a", "b"]));

        Assert.All([a, b], disk => Assert.Equal(SnapshotStatus.Failed, Assert.Single(disk.Chain.Snapshots).Status));
    }

    [Fact]
    public async Task R14_DurableSnapshotThatIsAskedForAgain_StaysAccomplishedWhenThatFails()
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Flush, at: 1, forever: true) { IsArmed = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        var options = new SnapshotOptions { ClientToken = "token" };
        await disk.Chain.CreateAsync("s1", options);
        disk.WriteBlock(0, seed: 1);
        device.IsArmed = true;

        await Assert.ThrowsAnyAsync<IOException>(() => disk.Chain.CreateAsync("s1", options));

        Assert.Equal(SnapshotStatus.Accomplished, Assert.Single(disk.Chain.Snapshots).Status);
    }

    [Fact]
    public async Task R14_SnapshotWhoseFlushFoundNoSpace_IsProgressingUntilAFlushSucceeds()
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Write, at: 1, forever: true) { Fault = DeviceFault.NoSpace, IsArmed = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        device.IsArmed = true;
        await Assert.ThrowsAsync<PoolFullException>(() => disk.Chain.CreateAsync("s1"));
        Assert.Equal(SnapshotStatus.Progressing, Assert.Single(disk.Chain.Snapshots).Status);

        device.IsArmed = false;
        await pool.FlushAsync();

        Assert.Equal(SnapshotStatus.Accomplished, Assert.Single(disk.Chain.Snapshots).Status);
        Assert.True(disk.Chain.CanRollback("s1").Ok);
    }

    [Fact]
    public async Task R14_SnapshotThatIsRefusedForWantOfSpace_LeavesNothingBehind()
    {
        var device = new CrashableDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 64L << 20);
        device.CapacityBytes = device.Bytes;
        int made = 0;
        bool isRefused = false;
        for (; !isRefused; made++)
        {
            try
            {
                await disk.Chain.CreateAsync($"s{made}");
            }
            catch (PoolFullException)
            {
                isRefused = disk.Chain.Find($"s{made}") is null;
            }
        }

        await Assert.ThrowsAsync<PoolFullException>(() => pool.Groups.CreateAsync("group", ["disk"]));
        device.CapacityBytes = null;
        await pool.FlushAsync();
        Assert.Empty(pool.Core.Unsettled);
    }

    [Fact]
    public async Task R15_ShrinkThatIsRefusedWhileASnapshotIsBeingMade_LosesNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(3, seed: 1);
        Exception? refusal = null;
        var hooks = new SnapshotHooks
        {
            BeforeFreeze = _ =>
            {
                refusal = Record.Exception(() => disk.Resize((3 * Block) + 100)); // in the middle of a block
                return Task.CompletedTask;
            },
        };

        await disk.Chain.CreateAsync("s1", new SnapshotOptions { Hooks = hooks });

        Assert.IsType<ConflictException>(refusal);
        Assert.Equal(8 * Block, disk.Size);
        disk.AssertBlock(3, seed: 1);
    }

    [Fact]
    public async Task R15_WhileASnapshotIsBeingMadeOtherChangesOfTheDiskGetATypedConflict()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small with { BackgroundWork = true });
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("gone");
        await disk.Chain.DeleteAsync(["gone"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        await disk.Chain.CreateAsync("before");
        await disk.Chain.RollbackAsync("before");
        await test.Pool.Groups.CreateAsync("earlier", ["disk"]);
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var hooks = new SnapshotHooks
        {
            BeforeFreeze = _ =>
            {
                entered.SetResult();
                return go.Task;
            },
        };
        Task<Snapshot> making = disk.Chain.CreateAsync("s1", new SnapshotOptions { Hooks = hooks });
        await entered.Task;

        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.CreateAsync("other"));
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.RollbackAsync("before"));
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.DeleteAsync(["before"]));
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndeleteAsync("gone"));
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync());
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.ReinitializeAsync());
        Assert.Throws<ConflictException>(() => disk.Resize(4 * Block));
        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.DeleteDiskAsync("disk"));
        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.CreateAsync("group", ["disk"]));
        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.DeleteAsync("earlier"));
        Assert.Equal([RollbackObstacle.ChangeInProgress], disk.Chain.CanRollback("before").Obstacles);
        disk.WriteBlock(0, seed: 3);
        go.SetResult();
        await making;

        using (IDisk view = disk.Chain.Open("s1"))
        {
            view.AssertBlock(0, seed: 3);
        }

        await disk.Chain.CreateAsync("other");
        Assert.Equal(["before", "earlier", "s1", "other"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R15_ExpiryAndPurge_LeaveADiskThatIsBeingChangedToTheNextTime()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = 1 });
        await disk.Chain.CreateAsync("s2");
        time.Advance(TimeSpan.FromDays(2));
        var hooks = new SnapshotHooks
        {
            BeforeFreeze = async _ =>
            {
                Assert.Empty((await test.Pool.ExpireAsync()).Expired);
                await test.Pool.PurgeAsync();
            },
            Required = true,
        };

        await disk.Chain.CreateAsync("s3", new SnapshotOptions { Hooks = hooks });

        Assert.Equal(["s1", "s2", "s3"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal("s1", Assert.Single((await test.Pool.ExpireAsync()).Expired).Name);
        await test.Pool.PurgeAsync();
        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R15_ConcurrentCreatesAndAReleaseLeaveNoOrphan()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small with { BackgroundWork = true }, SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        Task[] creates = [.. Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            try
            {
                disk.WriteBlock(i % 8, seed: i);
                await disk.Chain.CreateAsync($"s{i}");
            }
            catch (DiskNotFoundException)
            {
            }
        }))];
        await test.Pool.DeleteDiskAsync("disk");
        await Task.WhenAll(creates);

        if (disk.Chain.Snapshots.Count > 0)
        {
            await disk.Chain.DeleteAsync([.. disk.Chain.Snapshots.Select(snapshot => snapshot.Name)]);
        }

        await test.Pool.CompactAsync();
        await test.Pool.AssertSoundAsync();
        Assert.Equal(0, (await test.Pool.GetUsageAsync()).ReferencedBytes);
        Assert.Empty(test.Pool.ListDisks(includeReleased: true));
    }

    [Fact]
    public async Task R17_SameTokenAndArgumentsGiveTheSameSnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        var options = new SnapshotOptions { ClientToken = "call-1", Description = "once", Tags = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } };
        Snapshot first = await disk.Chain.CreateAsync("s1", options);
        disk.WriteBlock(0, seed: 1);

        await test.KillAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");
        var again = new SnapshotOptions { ClientToken = "call-1", Description = "once", Tags = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } };
        Snapshot second = await chain.CreateAsync("s1", again);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Id, Assert.Single(chain.Snapshots).Id);
    }

    [Fact]
    public async Task R17_SameTokenWithOtherArgumentsIsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = await test.Pool.CreateDiskAsync("other", 8 * Block);
        var options = new SnapshotOptions { ClientToken = "call-1" };
        await disk.Chain.CreateAsync("s1", options);

        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.CreateAsync("s2", options));
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.CreateAsync("s1", new SnapshotOptions { ClientToken = "call-1", RetentionDays = 1 }));
        await Assert.ThrowsAsync<ConflictException>(() => other.Chain.CreateAsync("s1", options));
        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.CreateAsync("s1", ["disk"], options));

        Assert.Single(disk.Chain.Snapshots);
        Assert.Empty(other.Chain.Snapshots);
    }

    [Fact]
    public async Task R17_TokenIsForgottenWithItsSnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        var options = new SnapshotOptions { ClientToken = "call-1" };
        Snapshot first = await disk.Chain.CreateAsync("s1", options);
        await disk.Chain.DeleteAsync(["s1"]);

        Snapshot second = await disk.Chain.CreateAsync("s1", options);

        Assert.NotEqual(first.Id, second.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task R17_TokenOfAnotherFormIsRefused(string token)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CreateAsync("s1", new SnapshotOptions { ClientToken = token }));
    }
}
