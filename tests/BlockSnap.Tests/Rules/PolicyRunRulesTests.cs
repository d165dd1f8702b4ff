using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R22, R23, R25, R26, and R11, R27, R53 as policies meet them: what a run makes, names, skips, and goes on after.</summary>
public sealed class PolicyRunRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R22_Run_MakesASnapshotAtEachDueTime_AndNoneBetween()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], at: "2026-03-27 12:00");
        await test.Policies.ApplyAsync("nightly", ["vm"]);

        var made = new List<string>();
        for (int quarter = 0; quarter < 4 * 24 * 4; quarter++)
        {
            test.Time.Advance(TimeSpan.FromMinutes(15));
            PolicyRunResult run = await test.Policies.RunAsync();
            made.AddRange(run.Outcomes.Select(outcome => $"{test.Time.GetUtcNow():MM-dd HH:mm} {outcome.Snapshot!.Name}"));
        }

        // In the night to the 29th the clocks of Berlin skip 02:00 to 03:00.
        Assert.Equal(["03-28 01:00 auto_20260328_1", "03-29 01:00 auto_20260329_1", "03-30 00:00 auto_20260330_1", "03-31 00:00 auto_20260331_1"], made);
        Assert.Equal(PolicyPool.Utc("2026-04-01 00:00"), test.Policies.OfDisk("vm").NextDue);
        Assert.All(test.Pool.OpenChain("vm").Snapshots, snapshot => Assert.Equal((SnapshotKind.Automatic, snapshot.Created.AddDays(7)), (snapshot.Kind, snapshot.Expires)));
    }

    [Fact]
    public async Task R23_Ordinals_AreThoseOfDiskAndDay_AndNeverReused()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["a", "b"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["a"]);
        await test.NextHourAsync();
        await test.Policies.ApplyAsync("hourly", ["b"]);
        await test.NextHourAsync();
        Assert.Equal(["auto_20260102_1", "auto_20260102_2"], test.Names("a"));
        Assert.Equal(["auto_20260102_1"], test.Names("b"));

        await test.Pool.OpenChain("a").DeleteAsync(test.Names("a"));
        await test.Pool.OpenDisk("a").Chain.CreateAsync("auto_20260102_3", new SnapshotOptions { Kind = SnapshotKind.Automatic });
        await test.Policies.CancelAsync(["a"]);
        await test.KillAsync();
        await test.Policies.ApplyAsync("hourly", ["a"]);
        await test.NextHourAsync();
        Assert.Equal(["auto_20260102_3", "auto_20260102_4"], test.Names("a"));

        // The zone leads a day back: no name of that day is given again either.
        await test.Policies.ChangeAsync(test.Policies.Find("hourly")! with { TimeZone = "Pacific/Honolulu" });
        await test.NextHourAsync();
        Assert.Equal("auto_20260101_5", test.Names("a")[^1]);
        await test.Policies.ChangeAsync(test.Policies.Find("hourly")! with { TimeZone = "UTC" });
        await test.NextHourAsync();
        Assert.Equal("auto_20260102_5", test.Names("a")[^1]);
    }

    [Fact]
    public async Task R20_SixtyFourDailySnapshots_ReachBackSixtyFourDays()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Nightly with { RetentionDays = null }, at: "2026-01-01 12:00");
        await test.Policies.ApplyAsync("nightly", ["vm"]);
        for (int day = 0; day < 400; day++)
        {
            test.Time.Advance(TimeSpan.FromDays(1));
            await test.Policies.RunAsync();
        }

        IReadOnlyList<Snapshot> snapshots = test.Pool.OpenChain("vm").Snapshots;
        Assert.Equal(64, snapshots.Count);
        Assert.Equal(TimeSpan.FromDays(64), test.Time.GetUtcNow() + TimeSpan.FromDays(1) - snapshots[0].Created);
    }

    [Fact]
    public async Task R25_DueTimeThatFindsTheDiskBusy_IsSkipped_NotQueued()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["a", "b"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["a", "b"]);
        var frozen = new TaskCompletionSource();
        var hooks = new SnapshotHooks { BeforeFreeze = _ => frozen.Task, Timeout = TimeSpan.FromHours(1) };
        Task<Snapshot> running = test.Pool.OpenDisk("a").Chain.CreateAsync("auto_by_hand", new SnapshotOptions { Kind = SnapshotKind.Automatic, Hooks = hooks });

        test.Time.Advance(TimeSpan.FromMinutes(40));
        PolicyRunResult run = await test.Policies.RunAsync();
        Assert.Equal([("a", PolicyRunStatus.SkippedBusy), ("b", PolicyRunStatus.Created)], run.Outcomes.Select(outcome => (outcome.DiskName, outcome.Status)));
        frozen.SetResult();
        await running;
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        await test.NextHourAsync();
        Assert.Equal(["auto_by_hand", "auto_20260102_1"], test.Names("a"));
    }

    [Fact]
    public async Task R25_DueTimesMissedWhileThePoolWasClosed_AreOneCatchUp()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.NextHourAsync();
        test.Time.Advance(TimeSpan.FromDays(30));
        await test.ReopenAsync();

        PolicyOutcome outcome = Assert.Single((await test.Policies.RunAsync()).Outcomes);
        Assert.Equal(PolicyPool.Utc("2026-02-01 01:00"), outcome.Due);
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        await test.KillAsync();
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        Assert.Equal(2, test.Names("vm").Count);
    }

    [Fact]
    public async Task R26_DiskNotInUse_OrUnchanged_IsSkippedWhereAskedFor()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly with { SkipUnused = true, SkipUnchanged = true });
        await test.Policies.ApplyAsync("hourly", ["vm"]);

        Assert.Equal(PolicyRunStatus.SkippedUnused, await test.NextHourAsync());
        using IDisposable user = test.Pool.Attach("vm", "test");
        Assert.Equal(PolicyRunStatus.Created, await test.NextHourAsync());
        Assert.Equal(PolicyRunStatus.SkippedUnchanged, await test.NextHourAsync());
        using (IDisk disk = test.Pool.OpenDisk("vm"))
        {
            disk.WriteBlock(0, seed: 1);
        }

        Assert.Equal(PolicyRunStatus.Created, await test.NextHourAsync());
    }

    [Fact]
    public async Task R26_PausedDisk_RestsAndIsNotMadeUpFor()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Policies.PauseAsync(["vm"]);
        await test.KillAsync();

        Assert.True(test.Policies.OfDisk("vm").IsPaused);
        Assert.Null(test.Policies.OfDisk("vm").NextDue);
        Assert.Null(test.Policies.NextDue());
        Assert.Null(await test.NextHourAsync());
        await test.Policies.ResumeAsync(["vm"]);
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        Assert.Equal(PolicyRunStatus.Created, await test.NextHourAsync());
    }

    [Fact]
    public async Task R27_SnapshotInAnImage_NeverMakesARunFail()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly with { RetentionDays = 1 }, quota: new SnapshotQuota(2));
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.NextHourAsync();
        await test.Pool.Images.CreateAsync("golden", test.Pool.OpenChain("vm").Latest!.Id);
        await test.NextHourAsync();

        Assert.Equal(PolicyRunStatus.Created, await test.NextHourAsync());
        test.Time.Advance(TimeSpan.FromDays(2));
        PolicyRunResult run = await test.Policies.RunAsync();
        Assert.Equal(PolicyRunStatus.Created, Assert.Single(run.Outcomes).Status);
        Assert.Equal(["auto_20260102_1"], run.Expiry!.Kept.Select(snapshot => snapshot.Name));
        Assert.Equal(["auto_20260102_1", "auto_20260104_1"], test.Names("vm"));
    }

    [Fact]
    public async Task R11_AutomaticSnapshotAtTheQuota_EvictsTheOldestAutomaticOne_InTheSameStep()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["full", "vm"], PolicyPool.Hourly, new SnapshotQuota(2));
        await test.Policies.ApplyAsync("hourly", ["full", "vm"]);
        using (IDisk full = test.Pool.OpenDisk("full"))
        {
            await full.Chain.CreateAsync("one");
            await full.Chain.CreateAsync("two");
        }

        for (int i = 0; i < 3; i++)
        {
            test.Time.Advance(TimeSpan.FromHours(1));
            PolicyRunResult run = await test.Policies.RunAsync();

            // Manual ones are never evicted: that disk fails, and does not keep the other from its own.
            Assert.Equal([PolicyRunStatus.Failed, PolicyRunStatus.Created], run.Outcomes.Select(outcome => outcome.Status));
            Assert.IsType<QuotaExceededException>(run.Outcomes[0].Error);
        }

        await test.KillAsync();
        Assert.Equal(["one", "two"], test.Names("full"));
        Assert.Equal(["auto_20260102_2", "auto_20260102_3"], test.Names("vm"));
    }

    [Fact]
    public async Task R53_SuspendedPool_MakesNoAutomaticSnapshots_AndOneWhenItIsResumed()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Pool.SuspendAsync("moving house");
        Assert.Equal(PolicyRunStatus.SkippedSuspended, await test.NextHourAsync());
        Assert.Equal(PolicyRunStatus.SkippedSuspended, await test.NextHourAsync());
        await test.Pool.ResumeAsync();

        Assert.Equal(PolicyRunStatus.Created, Assert.Single((await test.Policies.RunAsync()).Outcomes).Status);
        Assert.Single(test.Names("vm"));
    }

    [Fact]
    public async Task Run_OfAPolicyWhoseTimeZoneIsUnknownHere_FailsForItsDisksAndIsToldOnce()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["a", "b"], PolicyPool.Hourly);
        await test.Policies.CreateAsync(PolicyPool.Nightly);
        await test.Policies.ApplyAsync("hourly", ["b"]);
        await test.Policies.ApplyAsync("nightly", ["a"]);

        // As a pool looks that comes from a system with more zones.
        await test.Pool.PutAsync(test.Policies.Find("nightly")! with { TimeZone = "Moon/Tycho" });
        test.Time.Advance(TimeSpan.FromHours(1));
        for (int i = 0; i < 3; i++)
        {
            PolicyRunResult run = await test.Policies.RunAsync();
            Assert.IsType<ArgumentException>(run.Outcomes[0].Error);
            Assert.Equal(i == 0 ? 2 : 1, run.Outcomes.Count);
        }

        Assert.Null(test.Policies.OfDisk("a").NextDue);
        Assert.Single(test.Pool.Events.Recent, each => each.Result == PoolEventResult.Failed);
        Assert.Single(test.Names("b"));
    }

    [Fact]
    public async Task Run_InAFullPool_FailsForTheDiskAndNotForTheOthers_AndGoesOnWhenThereIsRoom()
    {
        var time = new ManualTime(PolicyPool.Utc("2026-01-02 00:30"));
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small.ToOptions(SnapshotQuota.Unlimited, time) with { CapacityBytes = 24 * (64 << 10) });
        using IDisk data = await test.Pool.CreateDiskAsync("data", 1L << 30);
        (await test.Pool.CreateDiskAsync("other", 4 * Block)).Dispose();
        await test.Pool.Policies.CreateAsync(PolicyPool.Hourly);
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
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly with { RetentionDays = 1 });
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.NextHourAsync();
        test.Time.Advance(TimeSpan.FromDays(2));

        for (int i = 0; i < 2; i++)
        {
            PolicyRunResult run = await test.Policies.RunAsync(new PolicyRunOptions { DryRun = true });
            Assert.Equal("auto_20260104_1", Assert.Single(run.Outcomes).Snapshot!.Name);
            Assert.Single(run.Expiry!.Expired);
        }

        Assert.Equal(["auto_20260102_1"], test.Names("vm"));
        Assert.Single((await test.Policies.RunAsync()).Expiry!.Expired);
        Assert.Equal(["auto_20260104_1"], test.Names("vm"));
    }

    [Fact]
    public async Task Runner_RunsOnWholeMinutes_UntilItIsCancelled()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly, at: "2026-01-02 00:30:30");
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        var runs = new List<PolicyRunResult>();
        await RunForMinutesAsync(new PolicyRunner(test.Pool, new PolicyRunnerOptions { Progress = new Recorder(runs) }), test.Time, 5 * 60);
        Assert.Equal(5, runs.Count);
        Assert.All(runs, run => Assert.Equal((0, 0), (run.Outcomes[0].Snapshot!.Created.Minute, run.Outcomes[0].Snapshot!.Created.Second)));
    }

    // It once waited a whole interval after a failure, an hour in which nothing expired.
    [Fact]
    public async Task Runner_ExpiryFails_TriesAgainAfterOneTwoFourMinutes_UntilItSucceeds()
    {
        var time = new ManualTime(PolicyPool.Utc("2026-01-02 00:00:00"));
        var device = new FaultyDevice(new CrashableDevice(), DeviceCall.Write, 1, forever: true) { Fault = DeviceFault.NoSpace, IsArmed = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions(time: time) with { BackgroundWork = false });
        using IDisk disk = await pool.CreateDiskAsync("vm", 1 << 20);
        int[] minutes = [0, 1, 3, 7, 20];
        for (int minute = 0; minute <= minutes[^1]; minute++)
        {
            if (minutes.Contains(minute))
            {
                await disk.Chain.CreateAsync($"s{minute}", new SnapshotOptions { RetentionDays = 1 });
            }

            time.Advance(TimeSpan.FromMinutes(1));
        }

        time.Advance(PolicyPool.Utc("2026-01-03 00:00:00") - time.GetUtcNow());
        device.IsArmed = true;
        var failures = new ReportTimes<Exception>(time);
        await RunForMinutesAsync(new PolicyRunner(pool, new PolicyRunnerOptions { Failures = failures }), time, 90, minute => device.IsArmed &= minute < 8);
        Assert.Equal(["00:00", "00:01", "00:03", "00:07"], failures.Times);
        Assert.Empty(disk.Chain.Snapshots);
    }

    // Each look has something to delete, but for the one that comes sooner than its turn: the first was not on a whole interval.
    [Theory]
    [InlineData(1, 56, "00:04, 00:06, 00:07, 00:08")]
    [InlineData(10, 6, "00:04, 00:20, 00:30, 00:40")]
    [InlineData(15, 4, "00:04, 00:30, 00:45, 01:00")]
    public async Task Runner_Interval_LooksSoOftenOnWholeOnes(int minutes, int looks, string first)
    {
        var time = new ManualTime(PolicyPool.Utc("2026-01-02 00:00:00"));
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 1 << 20);
        for (int minute = 0; minute <= 60; minute++)
        {
            await disk.Chain.CreateAsync($"s{minute}", new SnapshotOptions { RetentionDays = 1 });
            time.Advance(TimeSpan.FromMinutes(1));
        }

        time.Advance(PolicyPool.Utc("2026-01-03 00:04:30") - time.GetUtcNow());
        var runs = new ReportTimes<PolicyRunResult>(time);
        var interval = TimeSpan.FromMinutes(minutes);
        await RunForMinutesAsync(new PolicyRunner(test.Pool, new PolicyRunnerOptions { Interval = interval, ExpiryInterval = interval, Progress = runs }), time, 56);
        Assert.Equal((looks, first), (runs.Times.Count, string.Join(", ", runs.Times.Take(4))));
    }

    // The clock goes on when the runner waits for it, and not before.
    private static async Task RunForMinutesAsync(PolicyRunner runner, ManualTime time, int minutes, Action<int>? beforeEach = null)
    {
        using var stop = new CancellationTokenSource();
        Task running = runner.RunAsync(stop.Token);
        for (int minute = 0; minute < minutes; minute++)
        {
            await WaitAsync(() => time.TimerCount > 0 || running.IsCompleted);
            beforeEach?.Invoke(minute);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await WaitAsync(() => time.TimerCount > 0 || running.IsCompleted);
        await stop.CancelAsync();
        await running;
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Recorder(List<PolicyRunResult> runs) : IProgress<PolicyRunResult>
    {
        public void Report(PolicyRunResult value) => runs.Add(value);
    }

    private sealed class ReportTimes<T>(TimeProvider time) : IProgress<T>
    {
        public List<string> Times { get; } = [];

        public void Report(T value) => Times.Add(time.GetUtcNow().ToString("HH:mm", CultureInfo.InvariantCulture));
    }
}
