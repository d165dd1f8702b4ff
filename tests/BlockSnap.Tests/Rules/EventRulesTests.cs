using System.Diagnostics;
using System.Diagnostics.Metrics;
using BlockSnap.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace BlockSnap.Tests.Rules;

/// <summary>R52: events, kept and live; what logs, metrics and traces say.</summary>
public sealed class EventRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R52_EachOperationThatEnds_IsAnEventWithItsFacts()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2), time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        Snapshot first = await disk.Chain.CreateAsync("first");
        time.Advance(TimeSpan.FromMinutes(1));
        await disk.Chain.RollbackAsync("first");
        await disk.Chain.UndoRollbackAsync();
        await disk.Chain.ReinitializeAsync();
        await disk.Chain.DeleteAsync(["first"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });
        await disk.Chain.UndeleteAsync("first");
        await disk.Chain.DeleteAsync(["first"]);
        await disk.Chain.CreateAsync("second", new SnapshotOptions { RetentionDays = 1 });
        time.Advance(TimeSpan.FromDays(2));
        await test.Pool.ExpireAsync();
        foreach (string name in (string[])["auto-1", "auto-2", "auto-3"])
        {
            await disk.Chain.CreateAsync(name, new SnapshotOptions { Kind = SnapshotKind.Automatic });
        }

        await Assert.ThrowsAsync<SnapshotExistsException>(() => disk.Chain.CreateAsync("auto-3", new SnapshotOptions { Kind = SnapshotKind.Automatic }));

        IReadOnlyList<PoolEvent> events = test.Pool.Events.Recent;
        Assert.Equal(
            [
                (PoolEventKind.SnapshotCreated, "first"), (PoolEventKind.DiskRolledBack, "first"), (PoolEventKind.RollbackUndone, events[2].SnapshotName), (PoolEventKind.DiskReinitialized, null),
                (PoolEventKind.SnapshotDeleted, "first"), (PoolEventKind.SnapshotUndeleted, "first"), (PoolEventKind.SnapshotDeleted, "first"),
                (PoolEventKind.SnapshotCreated, "second"), (PoolEventKind.SnapshotExpired, "second"),
                (PoolEventKind.SnapshotCreated, "auto-1"), (PoolEventKind.SnapshotCreated, "auto-2"), (PoolEventKind.SnapshotEvicted, "auto-1"), (PoolEventKind.SnapshotCreated, "auto-3"),
            ],
            events.Select(each => (each.Kind, each.SnapshotName)));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(each => each.Sequence));
        Assert.Equal(
            (disk.Id, "vm", first.Id, SnapshotKind.Manual, first.Created, first.Created, PoolEventResult.Succeeded),
            (events[0].DiskId, events[0].DiskName, events[0].SnapshotId, events[0].SnapshotKind, events[0].Start, events[0].End, events[0].Result));
        Assert.Equal(SnapshotKind.Automatic, events[^1].SnapshotKind);
    }

    [Fact]
    public async Task R52_GroupsPoliciesAndTheEndOfADisk_AreEventsOfEachSnapshot()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2), time: time);
        (await test.Pool.CreateDiskAsync("a", 4 * Block)).Dispose();
        (await test.Pool.CreateDiskAsync("b", 4 * Block)).Dispose();
        await test.Pool.Groups.CreateAsync("g1", ["a", "b"]);
        await test.Pool.Groups.RollbackAsync("g1");
        await test.Pool.Policies.CreateAsync(new SnapshotPolicy { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)] });
        await test.Pool.Policies.ApplyAsync("hourly", ["a", "b"]);
        await test.Pool.Policies.DeleteSnapshotsWithDiskAsync(["a"], deletes: true);
        await test.Pool.OpenChain("b").CreateAsync("manual");
        time.Advance(TimeSpan.FromHours(1));
        await test.Pool.Policies.RunAsync();
        await test.Pool.Policies.RunAsync();
        await test.Pool.DeleteDiskAsync("a");

        Assert.Equal(
            [
                "SnapshotCreated a g1 Succeeded", "SnapshotCreated b g1 Succeeded", "DiskRolledBack a g1 Succeeded", "DiskRolledBack b g1 Succeeded", "SnapshotCreated b manual Succeeded",
                "PolicyRun b  Failed", "SnapshotCreated a auto_20260102_1 Succeeded", "SnapshotDeleted a auto_20260102_1 Succeeded",
            ],
            test.Pool.Events.Recent.Select(each => $"{each.Kind} {each.DiskName} {each.SnapshotName} {each.Result}"));
    }

    [Fact]
    public async Task R52_HookThatFails_AndDamage_AreFailedEvents()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        var hooks = new SnapshotHooks { BeforeFreeze = _ => throw new IOException("The agent is gone."), Required = true };
        await Assert.ThrowsAsync<SnapshotHookException>(() => disk.Chain.CreateAsync("one", new SnapshotOptions { Hooks = hooks }));

        PoolEvent failed = Assert.Single(test.Pool.Events.Recent);
        Assert.Equal((PoolEventKind.SnapshotCreated, PoolEventResult.Failed, "one"), (failed.Kind, failed.Result, failed.SnapshotName));
        Assert.Contains("The agent is gone", failed.Detail, StringComparison.Ordinal);
        Assert.True((await test.Pool.CheckAsync(verifyData: true)).Ok);
        Assert.Single(test.Pool.Events.Recent);
    }

    [Fact]
    public async Task R52_LastEvents_AreKeptWhileThePoolIsClosed_AndACrashLosesThoseSinceTheCheckpoint()
    {
        await using TestPool test = await TestPool.CreateAsync(new DiskPoolOptions { BackgroundWork = false, EventsKept = 3, SnapshotQuota = SnapshotQuota.Unlimited });
        using (IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block))
        {
            for (int i = 1; i <= 5; i++)
            {
                await disk.Chain.CreateAsync($"s{i}");
            }
        }

        Assert.Equal(["s3", "s4", "s5"], Names(test));
        await test.ReopenAsync();
        Assert.Equal(["s3", "s4", "s5"], Names(test));
        await test.Pool.OpenChain("vm").CreateAsync("s6");
        await test.Pool.CheckpointAsync();
        await test.Pool.OpenChain("vm").CreateAsync("s7");
        Assert.Equal(["s5", "s6", "s7"], Names(test));
        await test.KillAsync();
        Assert.Equal(["s4", "s5", "s6"], Names(test));
        Assert.Equal([4L, 5, 6], test.Pool.Events.Recent.Select(each => each.Sequence));
        await test.Pool.OpenChain("vm").CreateAsync("s8");
        await test.ReopenAsync();
        Assert.Equal([("s5", 5L), ("s6", 6), ("s8", 7)], test.Pool.Events.Recent.Select(each => (each.SnapshotName!, each.Sequence)));
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R52_EventsThatAreKeptNoLonger_TakeNoRoom()
    {
        await using TestPool test = await TestPool.CreateAsync(new DiskPoolOptions { BackgroundWork = false, EventsKept = 3 });
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        for (int i = 0; i < 200; i++)
        {
            await disk.Chain.CreateAsync("one");
            await disk.Chain.DeleteAsync(["one"]);
            await test.Pool.CheckpointAsync();
        }

        // The catalog's one page and its node; an event is a sixteenth of a page.
        Assert.InRange(test.Pool.StoredBytes, Block, 3 * Block);
    }

    [Fact]
    public async Task R52_Reader_GetsEventsInOrder_AndIsToldWhatItWasTooSlowFor()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");
        using PoolEventReader slow = test.Pool.Events.Subscribe(capacity: 2);
        using PoolEventReader quick = test.Pool.Events.Subscribe(recent: 1);
        PoolEventReader left = test.Pool.Events.Subscribe();
        left.Dispose();
        for (int i = 3; i <= 7; i++)
        {
            await disk.Chain.CreateAsync($"s{i}");
        }

        // They end with the pool, having given all that waits.
        Task<List<PoolEvent>> slowly = ReadAsync(slow);
        Task<List<PoolEvent>> quickly = ReadAsync(quick);
        disk.Dispose();
        await test.Pool.DisposeAsync();
        Assert.Equal([("s6", 3L), ("s7", 0)], (await slowly).Select(each => (each.SnapshotName!, each.MissedCount)));
        Assert.Equal([("s2", 0L), ("s3", 0), ("s4", 0), ("s5", 0), ("s6", 0), ("s7", 0)], (await quickly).Select(each => (each.SnapshotName!, each.MissedCount)));
        Assert.Empty(await ReadAsync(left));
    }

    [Fact]
    public async Task R52_OperationWhoseFlushFails_IsAFailedEvent_AndIsLogged()
    {
        using var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Flush, at: 1, forever: true) { IsArmed = false };
        var lines = new LogLines();
        DiskPool pool = await DiskPool.CreateAsync(device, new DiskPoolOptions { BackgroundWork = false, LoggerFactory = lines });
        using IDisk disk = await pool.CreateDiskAsync("vm", 4 * Block);
        await disk.Chain.CreateAsync("one");
        device.IsArmed = true;
        await Assert.ThrowsAnyAsync<IOException>(() => disk.Chain.CreateAsync("two"));

        Assert.Equal([("one", PoolEventResult.Succeeded), ("two", PoolEventResult.Failed)], pool.Events.Recent.Select(each => (each.SnapshotName!, each.Result)));
        Assert.Equal([LogLevel.Information, LogLevel.Information, LogLevel.Critical, LogLevel.Warning], lines.Levels);
        await pool.DisposeAsync();
    }

    [Fact]
    public async Task Meter_ShowsWhatThePoolCounts_WithItsId()
    {
        await using TestPool test = await TestPool.CreateAsync();
        var measured = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "BlockSnap" && instrument.Meter.Tags!.Single(tag => tag.Key == "blocksnap.pool.id").Value!.Equals(test.Pool.Id.ToString()))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured[Key(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measured[Key(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured[Key(instrument, tags)] = value);
        listener.Start();
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("one");
        using IDisk view = disk.Chain.Open("one");
        view.Read(0, new byte[5]);
        await disk.ReadAsync(0, new byte[2]);
        await test.Pool.CheckpointAsync();
        listener.RecordObservableInstruments();

        Assert.Equal((1, 1, 1), (measured["blocksnap.pool.disks"], measured["blocksnap.pool.snapshots"], measured["blocksnap.pool.healthy"]));
        Assert.Equal((7, Block), (measured["blocksnap.disk.io vm read"], measured["blocksnap.disk.io vm write"]));
        Assert.InRange(measured["blocksnap.log.appended"], Block, 20 * Block);
        Assert.InRange(measured["blocksnap.pool.usage live"], Block, 10 * Block);
        Assert.True(measured["blocksnap.operation.duration SnapshotCreated Succeeded"] >= 0);

        static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string key = instrument.Name;
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                key += $" {tag.Value}";
            }

            return key;
        }
    }

    [Fact]
    public async Task ActivitySource_HasASpanForEachOperation()
    {
        var spans = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "BlockSnap",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { lock (spans) { spans.Add(span.OperationName); } },
        };
        ActivitySource.AddActivityListener(listener);
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("vm", 4 * Block);
        await disk.Chain.CreateAsync("one");
        await disk.Chain.RollbackAsync("one");
        await disk.Chain.DeleteAsync(["one"]);
        await test.Pool.Policies.RunAsync();

        lock (spans)
        {
            Assert.Subset(spans.ToHashSet(), new HashSet<string> { "blocksnap.snapshot.create", "blocksnap.disk.rollback", "blocksnap.snapshot.delete", "blocksnap.policy.run", "blocksnap.pool.expire" });
        }
    }

    private static async Task<List<PoolEvent>> ReadAsync(PoolEventReader reader)
    {
        var events = new List<PoolEvent>();
        await foreach (PoolEvent next in reader.ReadAllAsync())
        {
            events.Add(next);
        }

        return events;
    }

    private static IEnumerable<string?> Names(TestPool test) => test.Pool.Events.Recent.Select(each => each.SnapshotName);

    [Fact]
    public async Task Open_NewestSuperblockDamagedInOneFile_WarnsAndMendsIt()
    {
        var device = new CrashableDevice();
        var lines = new LogLines();
        var options = new DiskPoolOptions { BackgroundWork = false, LoggerFactory = lines };
        using (DiskPool pool = await DiskPool.CreateAsync(device, options))
        {
            await pool.CreateDiskAsync("vm", 1 << 20);
        }

        device.Edit("superblock-copy", static bytes => new byte[bytes.Length]);
        (await DiskPool.OpenAsync(device, options)).Dispose();
        Assert.Single(lines.Levels, LogLevel.Warning);
        (await DiskPool.OpenAsync(device, options)).Dispose();
        Assert.Single(lines.Levels, LogLevel.Warning);
    }

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public List<LogLevel> Levels { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Levels.Add(logLevel);

        public void Dispose()
        {
        }
    }
}
