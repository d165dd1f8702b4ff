using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R20 to R28, and R11 as policies meet it: what is durable of policies, and what a run of them does. The times are in Snapshots/Policy*Tests.</summary>
public sealed class PolicyRulesTests
{
    private const int Block = 4096;

    private static readonly SnapshotPolicy s_nightly = new() { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin", RetentionDays = 7 };

    private static readonly SnapshotPolicy s_hourly = new() { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)], RetentionDays = null };

    [Fact]
    public async Task R20_Policy_IsDurableWithAllItSays()
    {
        await using TestPool test = await TestPool.CreateAsync();
        SnapshotPolicy made = await test.Pool.Policies.CreateAsync(
            s_nightly with { Hours = [23, 2], Weekdays = [DayOfWeek.Saturday, DayOfWeek.Monday], SkipUnused = true, SkipUnchanged = true });
        await test.Pool.Policies.CreateAsync(s_hourly);
        await test.KillAsync();

        SnapshotPolicy found = test.Pool.Policies.Find("nightly")!;
        Assert.Equal(["hourly", "nightly"], test.Pool.Policies.List().Select(policy => policy.Name));
        Assert.Equal((made.Id, made.Created, "Europe/Berlin", 7, true, true), (found.Id, found.Created, found.TimeZone, found.RetentionDays, found.SkipUnused, found.SkipUnchanged));
        Assert.Equal([2, 23], found.Hours);
        Assert.Equal([DayOfWeek.Monday, DayOfWeek.Saturday], found.Weekdays);
        Assert.Null(test.Pool.Policies.Find("hourly")!.RetentionDays);
        Assert.Equal(30, new SnapshotPolicy { Name = "other", Hours = [1] }.RetentionDays);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1st")]
    [InlineData("-night")]
    [InlineData("night/ly")]
    [InlineData("night ly")]
    public async Task R20_Name_ThatIsNone_IsRefused(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Policies.CreateAsync(s_nightly with { Name = name }));
    }

    [Fact]
    public async Task R20_HoursDaysZonesRetentions_ThatAreNone_AreRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        SnapshotPolicies policies = test.Pool.Policies;

        foreach (int[] hours in (int[][])[[], [24], [-1], [2, 2]])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(s_nightly with { Hours = hours }));
        }

        foreach (DayOfWeek[] days in (DayOfWeek[][])[[], [(DayOfWeek)7], [DayOfWeek.Monday, DayOfWeek.Monday]])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(s_nightly with { Weekdays = days }));
        }

        foreach (string zone in (string[])["", "Europe/Nowhere", "../zoneinfo/Europe/Berlin", "/etc/localtime", "Europe/Berlin\0"])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(s_nightly with { TimeZone = zone }));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => policies.CreateAsync(s_nightly with { RetentionDays = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => policies.CreateAsync(s_nightly with { RetentionDays = 65_537 }));
        Assert.Empty(policies.List());
        await policies.CreateAsync(s_nightly with { Name = "Nächtlich.1_a-b:c", RetentionDays = 65_536, Hours = s_hourly.Hours });
    }

    [Fact]
    public async Task R21_Pool_HasAtMostAHundredPolicies()
    {
        await using TestPool test = await TestPool.CreateAsync();
        for (int i = 0; i < 100; i++)
        {
            await test.Pool.Policies.CreateAsync(s_nightly with { Name = $"policy-{i}" });
        }

        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Policies.CreateAsync(s_nightly));
        await test.Pool.Policies.DeleteAsync("policy-7");
        await test.Pool.Policies.CreateAsync(s_nightly);
        await Assert.ThrowsAsync<PolicyExistsException>(() => test.Pool.Policies.CreateAsync(s_nightly));
    }

    [Fact]
    public async Task R21_Disk_HasOnePolicy_AndApplyingAnotherReplacesIt()
    {
        await using TestPool test = await StartAsync(["a", "b", "c"]);
        SnapshotPolicies policies = test.Pool.Policies;
        await policies.CreateAsync(s_hourly);
        await policies.ApplyAsync("nightly", ["a", "b"]);
        await policies.ApplyAsync("hourly", ["b", "c"]);
        await test.KillAsync();

        policies = test.Pool.Policies;
        Assert.Equal(["a"], policies.ListDisks("nightly").Select(disk => disk.DiskName));
        Assert.Equal(["b", "c"], policies.ListDisks("hourly").Select(disk => disk.DiskName));
        Assert.Equal("hourly", policies.OfDisk("b").PolicyName);
        await policies.CancelAsync(["b", "c"]);
        Assert.Empty(policies.ListDisks("hourly"));
        Assert.Equal([("a", "nightly"), ("b", null), ("c", null)], policies.ListDisks().Select(disk => (disk.DiskName, disk.PolicyName)));
    }

    [Fact]
    public async Task R21_ApplyToSeveralDisks_IsForAllOrNone()
    {
        await using TestPool test = await StartAsync(["a", "b"]);

        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Pool.Policies.ApplyAsync("nightly", ["a", "none"]));
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Pool.Policies.ApplyAsync("none", ["a"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Policies.ApplyAsync("nightly", ["a", "a"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Policies.ApplyAsync("nightly", []));

        Assert.All(test.Pool.Policies.ListDisks(), disk => Assert.Null(disk.PolicyName));
    }

    [Fact]
    public async Task R22_Run_MakesASnapshotAtEachDueTime_AndNoneBetween()
    {
        var time = new ManualTime(Utc("2026-03-27 12:00"));
        await using TestPool test = await StartAsync(["vm"], time);
        await test.Pool.Policies.ApplyAsync("nightly", ["vm"]);

        var made = new List<string>();
        for (int quarter = 0; quarter < 4 * 24 * 4; quarter++)
        {
            time.Advance(TimeSpan.FromMinutes(15));
            PolicyRunResult run = await test.Pool.Policies.RunAsync();
            made.AddRange(run.Outcomes.Select(outcome => $"{time.GetUtcNow():MM-dd HH:mm} {outcome.Snapshot!.Name}"));
        }

        // In the night to the 29th the clocks of Berlin skip 02:00 to 03:00.
        Assert.Equal(["03-28 01:00 auto_20260328_1", "03-29 01:00 auto_20260329_1", "03-30 00:00 auto_20260330_1", "03-31 00:00 auto_20260331_1"], made);
        Assert.Equal(Utc("2026-04-01 00:00"), test.Pool.Policies.OfDisk("vm").NextDue);
        Assert.All(test.Pool.OpenChain("vm").Snapshots, snapshot => Assert.Equal((SnapshotKind.Automatic, snapshot.Created.AddDays(7)), (snapshot.Kind, snapshot.Expires)));
    }

    [Fact]
    public async Task R23_Ordinals_AreThoseOfDiskAndDay_AndNeverReused()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["a", "b"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["a"]);
        await NextHourAsync(test, time);
        await test.Pool.Policies.ApplyAsync("hourly", ["b"]);
        await NextHourAsync(test, time);
        Assert.Equal(["auto_20260102_1", "auto_20260102_2"], Names(test, "a"));
        Assert.Equal(["auto_20260102_1"], Names(test, "b"));

        await test.Pool.OpenChain("a").DeleteAsync(Names(test, "a"));
        await test.Pool.OpenDisk("a").Chain.CreateAsync("auto_20260102_3", new SnapshotOptions { Kind = SnapshotKind.Automatic });
        await test.Pool.Policies.CancelAsync(["a"]);
        await test.KillAsync();
        await test.Pool.Policies.ApplyAsync("hourly", ["a"]);
        await NextHourAsync(test, time);
        Assert.Equal(["auto_20260102_3", "auto_20260102_4"], Names(test, "a"));

        // The zone leads a day back: no name of that day is given again either.
        await test.Pool.Policies.ChangeAsync(test.Pool.Policies.Find("hourly")! with { TimeZone = "Pacific/Honolulu" });
        await NextHourAsync(test, time);
        Assert.Equal("auto_20260101_5", Names(test, "a")[^1]);
        await test.Pool.Policies.ChangeAsync(test.Pool.Policies.Find("hourly")! with { TimeZone = "UTC" });
        await NextHourAsync(test, time);
        Assert.Equal("auto_20260102_5", Names(test, "a")[^1]);
    }

    [Fact]
    public async Task R24_ChangedPolicy_ActsAtOnce_AndItsRetentionOnNewSnapshotsOnly()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly with { RetentionDays = 3 });
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await NextHourAsync(test, time);
        SnapshotPolicy before = test.Pool.Policies.Find("hourly")!;
        SnapshotPolicy changed = await test.Pool.Policies.ChangeAsync(before with { Name = "evening", Hours = [0, 20], RetentionDays = 9 });
        Assert.Equal((before.Id, before.Created), (changed.Id, changed.Created));

        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        Assert.Equal(Utc("2026-01-02 20:00"), test.Pool.Policies.OfDisk("vm").NextDue);
        time.Advance(TimeSpan.FromHours(19));
        Assert.Equal("evening", Assert.Single((await test.Pool.Policies.RunAsync()).Outcomes).PolicyName);
        Assert.Equal([3, 9], test.Pool.OpenChain("vm").Snapshots.Select(snapshot => (snapshot.Expires!.Value - snapshot.Created).Days));
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Pool.Policies.ChangeAsync(s_hourly));
    }

    [Theory]
    [InlineData("UTC", 8)] // another hour
    [InlineData("Asia/Tokyo", 17)] // another zone: 08:00 in UTC
    public async Task R24_WhatWouldHaveBeenDueBeforeTheChange_IsNotMadeUpFor(string zone, int hour)
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_nightly with { TimeZone = "UTC" });
        await test.Pool.Policies.ApplyAsync("nightly", ["vm"]);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Single((await test.Pool.Policies.RunAsync()).Outcomes);

        time.Advance(TimeSpan.FromHours(7)); // 09:30
        await test.Pool.Policies.ChangeAsync(test.Pool.Policies.Find("nightly")! with { Hours = [hour], TimeZone = zone });
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        await test.KillAsync();
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        Assert.Equal(Utc("2026-01-03 08:00"), test.Pool.Policies.OfDisk("vm").NextDue);
    }

    [Fact]
    public async Task R25_DueTimeThatFindsTheDiskBusy_IsSkipped_NotQueued()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["a", "b"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["a", "b"]);
        var frozen = new TaskCompletionSource();
        var hooks = new SnapshotHooks { BeforeFreeze = _ => frozen.Task, Timeout = TimeSpan.FromHours(1) };
        Task<Snapshot> running = test.Pool.OpenDisk("a").Chain.CreateAsync("auto_by_hand", new SnapshotOptions { Kind = SnapshotKind.Automatic, Hooks = hooks });

        time.Advance(TimeSpan.FromMinutes(40));
        PolicyRunResult run = await test.Pool.Policies.RunAsync();
        Assert.Equal([("a", PolicyRunStatus.SkippedBusy), ("b", PolicyRunStatus.Created)], run.Outcomes.Select(outcome => (outcome.DiskName, outcome.Status)));
        frozen.SetResult();
        await running;
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        await NextHourAsync(test, time);
        Assert.Equal(["auto_by_hand", "auto_20260102_1"], Names(test, "a"));
    }

    [Fact]
    public async Task R25_DueTimesMissedWhileThePoolWasClosed_AreOneCatchUp()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await NextHourAsync(test, time);
        time.Advance(TimeSpan.FromDays(30));
        await test.ReopenAsync();

        PolicyOutcome outcome = Assert.Single((await test.Pool.Policies.RunAsync()).Outcomes);
        Assert.Equal(Utc("2026-02-01 01:00"), outcome.Due);
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        await test.KillAsync();
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        Assert.Equal(2, Names(test, "vm").Count);
    }

    [Fact]
    public async Task R26_DiskNotInUse_OrUnchanged_IsSkippedWhereAskedFor()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly with { SkipUnused = true, SkipUnchanged = true });
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);

        Assert.Equal(PolicyRunStatus.SkippedUnused, await NextHourAsync(test, time));
        using IDisposable user = test.Pool.Attach("vm", "test");
        Assert.Equal(PolicyRunStatus.Created, await NextHourAsync(test, time));
        Assert.Equal(PolicyRunStatus.SkippedUnchanged, await NextHourAsync(test, time));
        using (IDisk disk = test.Pool.OpenDisk("vm"))
        {
            disk.WriteBlock(0, seed: 1);
        }

        Assert.Equal(PolicyRunStatus.Created, await NextHourAsync(test, time));
    }

    [Fact]
    public async Task R26_PausedDisk_RestsAndIsNotMadeUpFor()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Pool.Policies.PauseAsync(["vm"]);
        await test.KillAsync();

        Assert.True(test.Pool.Policies.OfDisk("vm").IsPaused);
        Assert.Null(test.Pool.Policies.OfDisk("vm").NextDue);
        Assert.Null(test.Pool.Policies.NextDue());
        Assert.Null(await NextHourAsync(test, time));
        await test.Pool.Policies.ResumeAsync(["vm"]);
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);
        Assert.Equal(PolicyRunStatus.Created, await NextHourAsync(test, time));
    }

    [Fact]
    public async Task R27_DeletedPolicy_LeavesItsDisksWithoutOne_AndItsSnapshotsInPlace()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await NextHourAsync(test, time);
        await test.Pool.Policies.DeleteAsync("hourly");
        await test.KillAsync();

        Assert.Null(test.Pool.Policies.OfDisk("vm").PolicyName);
        Assert.Null(await NextHourAsync(test, time));
        Assert.Equal(["auto_20260102_1"], Names(test, "vm"));
        await test.Pool.Policies.CreateAsync(s_hourly);
        Assert.Null(test.Pool.Policies.OfDisk("vm").PolicyName); // of the same name, but another
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Pool.Policies.DeleteAsync("other"));
    }

    [Fact]
    public async Task R27_SnapshotInAnImage_NeverMakesARunFail()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly with { RetentionDays = 1 }, quota: new SnapshotQuota(2));
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await NextHourAsync(test, time);
        await test.Pool.Images.CreateAsync("golden", test.Pool.OpenChain("vm").Latest!.Id);
        await NextHourAsync(test, time);

        Assert.Equal(PolicyRunStatus.Created, await NextHourAsync(test, time));
        time.Advance(TimeSpan.FromDays(2));
        PolicyRunResult run = await test.Pool.Policies.RunAsync();
        Assert.Equal(PolicyRunStatus.Created, Assert.Single(run.Outcomes).Status);
        Assert.Equal(["auto_20260102_1"], run.Expiry!.Kept.Select(snapshot => snapshot.Name));
        Assert.Equal(["auto_20260102_1", "auto_20260104_1"], Names(test, "vm"));
    }

    [Fact]
    public async Task R11_AutomaticSnapshotAtTheQuota_EvictsTheOldestAutomaticOne_InTheSameStep()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["full", "vm"], time, s_hourly, new SnapshotQuota(2));
        await test.Pool.Policies.ApplyAsync("hourly", ["full", "vm"]);
        using (IDisk full = test.Pool.OpenDisk("full"))
        {
            await full.Chain.CreateAsync("one");
            await full.Chain.CreateAsync("two");
        }

        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromHours(1));
            PolicyRunResult run = await test.Pool.Policies.RunAsync();

            // Manual ones are never evicted: that disk fails, and does not keep the other from its own.
            Assert.Equal([PolicyRunStatus.Failed, PolicyRunStatus.Created], run.Outcomes.Select(outcome => outcome.Status));
            Assert.IsType<QuotaExceededException>(run.Outcomes[0].Error);
        }

        await test.KillAsync();
        Assert.Equal(["one", "two"], Names(test, "full"));
        Assert.Equal(["auto_20260102_2", "auto_20260102_3"], Names(test, "vm"));
    }

    [Fact]
    public async Task R20_SixtyFourDailySnapshots_ReachBackSixtyFourDays()
    {
        var time = new ManualTime(Utc("2026-01-01 12:00"));
        await using TestPool test = await StartAsync(["vm"], time, s_nightly with { RetentionDays = null });
        await test.Pool.Policies.ApplyAsync("nightly", ["vm"]);
        for (int day = 0; day < 400; day++)
        {
            time.Advance(TimeSpan.FromDays(1));
            await test.Pool.Policies.RunAsync();
        }

        IReadOnlyList<Snapshot> snapshots = test.Pool.OpenChain("vm").Snapshots;
        Assert.Equal(64, snapshots.Count);
        Assert.Equal(TimeSpan.FromDays(64), time.GetUtcNow() + TimeSpan.FromDays(1) - snapshots[0].Created);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R28_AutomaticSnapshots_GoWithTheDiskWhereAskedFor_AndElseFollowTheirRetention(bool deletes)
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly with { RetentionDays = 5 });
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Pool.Policies.DeleteSnapshotsWithDiskAsync(["vm"], deletes);
        await NextHourAsync(test, time);
        await NextHourAsync(test, time);
        ISnapshotChain chain = test.Pool.OpenChain("vm");
        await chain.CreateAsync("manual");
        await chain.HoldAsync("auto_20260102_1", "audit");
        string id = chain.Id.ToString();
        await test.Pool.DeleteDiskAsync("vm");
        await test.KillAsync();

        Assert.Equal(deletes ? ["auto_20260102_1", "manual"] : ["auto_20260102_1", "auto_20260102_2", "manual"], Names(test, id));
        time.Advance(TimeSpan.FromDays(6));
        await test.Pool.Policies.RunAsync();
        Assert.Equal(["auto_20260102_1", "manual"], Names(test, id));
    }

    [Fact]
    public async Task R28_WhatWasKnownOfADisk_GoesWithIt()
    {
        await using TestPool test = await StartAsync([]);
        for (int i = 0; i < 200; i++)
        {
            (await test.Pool.CreateDiskAsync("vm", 4 * Block)).Dispose();
            await test.Pool.Policies.ApplyAsync("nightly", ["vm"]);
            await test.Pool.CheckpointAsync();
            await test.Pool.DeleteDiskAsync("vm");
        }

        // The catalog's one page and its node; what is known of a disk is a sixteenth of a page.
        await test.Pool.CheckpointAsync();
        Assert.InRange(test.Pool.StoredBytes, Block, 3 * Block);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(2_100)]
    public async Task R28_MoreAutomaticSnapshotsThanFitIntoOneRecord_GoWithTheDisk(int count)
    {
        await using TestPool test = await StartAsync(["vm"], quota: SnapshotQuota.Unlimited);
        await test.Pool.Policies.DeleteSnapshotsWithDiskAsync(["vm"], deletes: true);
        ISnapshotChain chain = test.Pool.OpenChain("vm");
        for (int i = 0; i < count; i++)
        {
            await chain.CreateAsync($"auto-{i}", new SnapshotOptions { Kind = SnapshotKind.Automatic });
        }

        await test.Pool.DeleteDiskAsync("vm");
        await test.KillAsync();
        Assert.Empty(test.Pool.ListDisks(includeReleased: true));
    }

    [Fact]
    public async Task Run_OfAPolicyWhoseTimeZoneIsUnknownHere_FailsForItsDisksAndIsToldOnce()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["a", "b"], time, s_hourly);
        await test.Pool.Policies.CreateAsync(s_nightly);
        await test.Pool.Policies.ApplyAsync("hourly", ["b"]);
        await test.Pool.Policies.ApplyAsync("nightly", ["a"]);

        // As a pool looks that comes from a system with more zones.
        await test.Pool.PutAsync(test.Pool.Policies.Find("nightly")! with { TimeZone = "Moon/Tycho" });
        time.Advance(TimeSpan.FromHours(1));
        for (int i = 0; i < 3; i++)
        {
            PolicyRunResult run = await test.Pool.Policies.RunAsync();
            Assert.IsType<ArgumentException>(run.Outcomes[0].Error);
            Assert.Equal(i == 0 ? 2 : 1, run.Outcomes.Count);
        }

        Assert.Null(test.Pool.Policies.OfDisk("a").NextDue);
        Assert.Single(test.Pool.Events.Recent, each => each.Result == PoolEventResult.Failed);
        Assert.Single(Names(test, "b"));
    }

    [Fact]
    public async Task R53_SuspendedPool_MakesNoAutomaticSnapshots_AndOneWhenItIsResumed()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Pool.SuspendAsync("moving house");
        Assert.Equal(PolicyRunStatus.SkippedSuspended, await NextHourAsync(test, time));
        Assert.Equal(PolicyRunStatus.SkippedSuspended, await NextHourAsync(test, time));
        await test.Pool.ResumeAsync();

        Assert.Equal(PolicyRunStatus.Created, Assert.Single((await test.Pool.Policies.RunAsync()).Outcomes).Status);
        Assert.Single(Names(test, "vm"));
    }

    [Fact]
    public async Task Run_InAFullPool_FailsForTheDiskAndNotForTheOthers_AndGoesOnWhenThereIsRoom()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small.ToOptions(SnapshotQuota.Unlimited, time) with { CapacityBytes = 24 * (64 << 10) });
        using IDisk data = await test.Pool.CreateDiskAsync("data", 1L << 30);
        (await test.Pool.CreateDiskAsync("other", 4 * Block)).Dispose();
        await test.Pool.Policies.CreateAsync(s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["data", "other"]);
        Assert.Throws<PoolFullException>(() =>
        {
            for (int block = 0; block < 1000; block++)
            {
                data.WriteBlock(block, seed: block);
            }
        });

        PolicyRunResult run;
        int hours = 0;
        do
        {
            time.Advance(TimeSpan.FromHours(1));
            run = await test.Pool.Policies.RunAsync();
        }
        while (run.Outcomes.All(outcome => outcome.Status == PolicyRunStatus.Created) && ++hours < 5000);

        PolicyOutcome[] failed = [.. run.Outcomes.Where(outcome => outcome.Status == PolicyRunStatus.Failed)];
        Assert.NotEmpty(failed);
        Assert.All(failed, outcome => Assert.IsType<PoolFullException>(outcome.Error));
        Assert.Equal(2, run.Outcomes.Count);
        Assert.Empty((await test.Pool.Policies.RunAsync()).Outcomes);

        await test.Pool.PurgeAsync();
        data.Discard(0, data.Size);
        await test.Pool.CompactAsync();
        time.Advance(TimeSpan.FromHours(1));
        Assert.All((await test.Pool.Policies.RunAsync()).Outcomes, outcome => Assert.Equal(PolicyRunStatus.Created, outcome.Status));
    }

    [Fact]
    public async Task Run_Dry_SaysWhatWouldBeDone_AndChangesNothing()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly with { RetentionDays = 1 });
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        await NextHourAsync(test, time);
        time.Advance(TimeSpan.FromDays(2));

        for (int i = 0; i < 2; i++)
        {
            PolicyRunResult run = await test.Pool.Policies.RunAsync(new PolicyRunOptions { DryRun = true });
            Assert.Equal("auto_20260104_1", Assert.Single(run.Outcomes).Snapshot!.Name);
            Assert.Single(run.Expiry!.Expired);
        }

        Assert.Equal(["auto_20260102_1"], Names(test, "vm"));
        Assert.Single((await test.Pool.Policies.RunAsync()).Expiry!.Expired);
        Assert.Equal(["auto_20260104_1"], Names(test, "vm"));
    }

    [Fact]
    public async Task Runner_RunsOnWholeMinutes_UntilItIsCancelled()
    {
        var time = new ManualTime(Utc("2026-01-02 00:30:30"));
        await using TestPool test = await StartAsync(["vm"], time, s_hourly);
        await test.Pool.Policies.ApplyAsync("hourly", ["vm"]);
        var runs = new List<PolicyRunResult>();
        using var stop = new CancellationTokenSource();
        Task running = new PolicyRunner(test.Pool, new PolicyRunnerOptions { Progress = new Recorder(runs) }).RunAsync(stop.Token);
        for (int minute = 0; minute < 5 * 60; minute++)
        {
            // The clock goes on when the runner waits for it, and not before.
            await WaitAsync(() => time.TimerCount > 0 || running.IsCompleted);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await WaitAsync(() => time.TimerCount > 0 || running.IsCompleted);
        await stop.CancelAsync();
        await running;
        Assert.Equal(5, runs.Count);
        Assert.All(runs, run => Assert.Equal((0, 0), (run.Outcomes[0].Snapshot!.Created.Minute, run.Outcomes[0].Snapshot!.Created.Second)));
    }

    // The next hour, and what was done then; null when nothing was due.
    private static async Task<PolicyRunStatus?> NextHourAsync(TestPool test, ManualTime time)
    {
        time.Advance(TimeSpan.FromHours(1));
        return (await test.Pool.Policies.RunAsync()).Outcomes.FirstOrDefault()?.Status;
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<TestPool> StartAsync(string[] disks, ManualTime? time = null, SnapshotPolicy? policy = null, SnapshotQuota? quota = null)
    {
        TestPool test = await TestPool.CreateAsync(quota: quota, time: time);
        foreach (string disk in disks)
        {
            (await test.Pool.CreateDiskAsync(disk, 4 * Block)).Dispose();
        }

        await test.Pool.Policies.CreateAsync(policy ?? s_nightly);
        return test;
    }

    private static IReadOnlyList<string> Names(TestPool test, string disk) => [.. test.Pool.OpenChain(disk).Snapshots.Select(snapshot => snapshot.Name)];

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private sealed class Recorder(List<PolicyRunResult> runs) : IProgress<PolicyRunResult>
    {
        public void Report(PolicyRunResult value) => runs.Add(value);
    }
}
