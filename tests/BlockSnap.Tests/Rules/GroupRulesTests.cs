using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R43 to R45: several disks at one instant.</summary>
public sealed class GroupRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R43_GroupIsOneInstantInWriteOrderAcrossDisks()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small with { BackgroundWork = true }, SnapshotQuota.Unlimited);
        using IDisk a = await test.Pool.CreateDiskAsync("a", Block);
        using IDisk b = await test.Pool.CreateDiskAsync("b", Block);
        using var stop = new CancellationTokenSource();
        long written = 0;
        Task writer = Task.Run(() =>
        {
            byte[] block = new byte[Block];
            for (long i = 1; !stop.IsCancellationRequested; i++)
            {
                BitConverter.TryWriteBytes(block, i);
                a.Write(0, block);
                b.Write(0, block);
                Volatile.Write(ref written, i);
            }
        });
        for (int group = 0; group < 60; group++)
        {
            long before = Volatile.Read(ref written);
            await test.Pool.Groups.CreateAsync($"g{group}", ["b", "a"]);
            SpinWait.SpinUntil(() => Volatile.Read(ref written) > before || writer.IsCompleted);
        }

        await stop.CancelAsync();
        await writer;

        long last = 0;
        for (int group = 0; group < 60; group++)
        {
            long countA = CountIn(a, $"g{group}");
            long countB = CountIn(b, $"g{group}");
            Assert.InRange(countA, countB, countB + 1);
            Assert.True(countB >= last, "A later group holds an earlier state.");
            last = countB;
        }

        Assert.True(last > 0);
    }

    [Fact]
    public async Task R43_GroupOfTenDisks_IsOneInstant_WhileOthersWriteFlushAndSnapshot()
    {
        const int Disks = 10;
        const int Rounds = 150;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small with { BackgroundWork = true }, SnapshotQuota.Unlimited);
        var disks = new List<IDisk>();
        for (int i = 0; i < Disks; i++)
        {
            disks.Add(await test.Pool.CreateDiskAsync($"d{i}", Block));
        }

        using IDisk other = await test.Pool.CreateDiskAsync("other", 64 * Block);
        using var stop = new CancellationTokenSource();
        long written = 0;
        Task counter = Task.Run(() =>
        {
            byte[] block = new byte[Block];
            for (long i = 1; !stop.IsCancellationRequested; i++)
            {
                BitConverter.TryWriteBytes(block, i);
                disks.ForEach(disk => disk.Write(0, block));
                Volatile.Write(ref written, i);
            }
        });
        Task load = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                other.WriteBlock(i % 64, seed: i);
                await (i % 50 == 0 ? other.Chain.CreateAsync($"s{i}") : other.FlushAsync().AsTask());
            }
        });
        string[] names = [.. disks.Select(disk => disk.Name).Reverse()];
        for (int round = 0; round < Rounds; round++)
        {
            long before = Volatile.Read(ref written);
            await test.Pool.Groups.CreateAsync($"g{round}", names);
            SpinWait.SpinUntil(() => Volatile.Read(ref written) > before || counter.IsCompleted);
        }

        await stop.CancelAsync();
        await Task.WhenAll(counter, load);

        // Who writes to one after the other is, at any instant, at most one ahead on the first.
        for (int round = 0; round < Rounds; round++)
        {
            long[] counts = [.. disks.Select(disk => CountIn(disk, $"g{round}"))];
            Assert.Equal(counts.OrderDescending(), counts);
            Assert.InRange(counts[0], counts[^1], counts[^1] + 1);
        }

        disks.ForEach(disk => disk.Dispose());
    }

    private static long CountIn(IDisk disk, string name)
    {
        using IDisk view = disk.Chain.Open(name);
        return BitConverter.ToInt64(view.ReadBytes(0, 8));
    }

    [Fact]
    public async Task R43_GroupIsMadeOfAllOrNone()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2));
        foreach (string name in (string[])["a", "b", "c"])
        {
            (await test.Pool.CreateDiskAsync(name, 8 * Block)).Dispose();
        }

        await test.Pool.OpenChain("b").CreateAsync("taken");
        await Assert.ThrowsAsync<SnapshotExistsException>(() => test.Pool.Groups.CreateAsync("taken", ["a", "b", "c"]));
        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Pool.Groups.CreateAsync("group", ["a", "nowhere"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("group", ["a", "a"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("group", []));
        await test.Pool.OpenChain("b").CreateAsync("full");
        await Assert.ThrowsAsync<QuotaExceededException>(() => test.Pool.Groups.CreateAsync("group", ["a", "b", "c"]));

        Assert.Empty(test.Pool.OpenChain("a").Snapshots);
        Assert.Empty(test.Pool.OpenChain("c").Snapshots);
        Assert.Empty(test.Pool.Groups.List());

        SnapshotGroup made = await test.Pool.Groups.CreateAsync("group", ["a", "c"], new SnapshotOptions { Description = "both", RetentionDays = 3 });
        await Assert.ThrowsAsync<GroupExistsException>(() => test.Pool.Groups.CreateAsync("group", ["a"]));
        await test.KillAsync();
        SnapshotGroup found = Assert.Single(test.Pool.Groups.List());
        Assert.Equal((made.Id, "group", "both"), (found.Id, found.Name, found.Description));
        Assert.Equal(made.Members, found.Members);
        Snapshot member = test.Pool.OpenChain("c").Find("group")!;
        Assert.Equal((made.Members[1].SnapshotId, made.Id), (member.Id, member.GroupId));
        Assert.Equal(made.Created + TimeSpan.FromDays(3), member.Expires!.Value, TimeSpan.FromSeconds(1)); // by the pool's calendar, not by the clock
    }

    [Fact]
    public async Task R43_MoreThanTenDisksOr32TiBAreRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        for (int i = 0; i < 11; i++)
        {
            (await test.Pool.CreateDiskAsync($"d{i}", i == 10 ? 32L << 40 : 1L << 40)).Dispose();
        }

        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("all", [.. Enumerable.Range(0, 11).Select(i => $"d{i}")]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("big", ["d0", "d10"]));

        await test.Pool.Groups.CreateAsync("ten", [.. Enumerable.Range(0, 10).Select(i => $"d{i}")], new SnapshotOptions
        {
            Description = new string('д', 256),
            Tags = Enumerable.Range(0, 20).ToDictionary(i => $"{i:D3}".PadRight(128, '快'), _ => new string('快', 128)),
        });
        await test.Pool.Groups.CreateAsync("whole", ["d10"]);
    }

    [Fact]
    public async Task R43_HowManyDisksAndBytes_AreOptionsOfThePool()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small.ToOptions() with { GroupDisksMax = 2, GroupBytesMax = 3 * Block });
        foreach (string name in (string[])["a", "b", "c"])
        {
            (await test.Pool.CreateDiskAsync(name, Block)).Dispose();
        }

        (await test.Pool.CreateDiskAsync("large", (3 * Block) + 1)).Dispose();

        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("three", ["a", "b", "c"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Groups.CreateAsync("big", ["large"]));
        await test.Pool.Groups.CreateAsync("two", ["a", "b"]);
    }

    [Fact]
    public async Task R44_GroupRollbackAndItsUndoAreAllOrNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk a = await test.Pool.CreateDiskAsync("a", 8 * Block);
        using IDisk b = await test.Pool.CreateDiskAsync("b", 8 * Block);
        a.WriteBlock(0, seed: 1);
        b.WriteBlock(0, seed: 2);
        await test.Pool.Groups.CreateAsync("group", ["a", "b"]);
        a.WriteBlock(0, seed: 3);
        b.WriteBlock(0, seed: 4);
        using (test.Pool.Attach("b", "a test"))
        {
            var refused = await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.RollbackAsync("group"));
            Assert.Contains("a test", refused.Message, StringComparison.Ordinal);
        }

        a.AssertBlock(0, seed: 3);

        await test.Pool.Groups.RollbackAsync("group");
        a.AssertBlock(0, seed: 1);
        b.AssertBlock(0, seed: 2);
        await test.Pool.Groups.UndoRollbackAsync("group");
        a.AssertBlock(0, seed: 3);
        b.AssertBlock(0, seed: 4);

        await b.Chain.RollbackAsync("group");
        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.UndoRollbackAsync("group"));
        a.AssertBlock(0, seed: 3);
        b.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task R44_MemberDeletedByItselfCannotBeRolledBackTheOthersCan()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk a = await test.Pool.CreateDiskAsync("a", 8 * Block);
        using IDisk b = await test.Pool.CreateDiskAsync("b", 8 * Block);
        a.WriteBlock(0, seed: 1);
        await test.Pool.Groups.CreateAsync("group", ["a", "b"]);
        a.WriteBlock(0, seed: 3);
        b.WriteBlock(0, seed: 4);
        await b.Chain.DeleteAsync(["group"]);

        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Groups.RollbackAsync("group"));
        a.AssertBlock(0, seed: 3);

        IReadOnlyList<GroupRollbackResult> results = await test.Pool.Groups.RollbackAsync("group", perDisk: true);

        Assert.Equal([(a.Id, true), (b.Id, false)], results.Select(result => (result.DiskId, result.Ok)));
        a.AssertBlock(0, seed: 1);
        b.AssertBlock(0, seed: 4);
        await a.Chain.DeleteAsync(["group"]);
        Assert.Empty(test.Pool.Groups.List());
    }

    [Fact]
    public async Task R44_DeletingAGroupDeletesWhatIsLeftOfItAsOneStep()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk a = await test.Pool.CreateDiskAsync("a", 8 * Block);
        using IDisk b = await test.Pool.CreateDiskAsync("b", 8 * Block);
        a.WriteBlock(0, seed: 1);
        b.WriteBlock(0, seed: 2);
        await test.Pool.Groups.CreateAsync("group", ["a", "b"]);
        a.WriteBlock(0, seed: 3);
        b.WriteBlock(0, seed: 4);
        await b.Chain.HoldAsync("group", "audit");
        await Assert.ThrowsAsync<SnapshotInUseException>(() => test.Pool.Groups.DeleteAsync("group"));
        Assert.Single(a.Chain.Snapshots);
        await b.Chain.ReleaseHoldAsync("group", "audit");

        DeletePreview deleted = await test.Pool.Groups.DeleteAsync("group");

        Assert.Equal(2 * Block, deleted.FreedBytes);
        await test.KillAsync();
        Assert.Empty(test.Pool.Groups.List());
        Assert.Empty(test.Pool.ListSnapshots().Snapshots);
        await Assert.ThrowsAsync<GroupNotFoundException>(() => test.Pool.Groups.DeleteAsync("group"));
    }

    [Fact]
    public async Task R45_HooksRunAroundTheFreezeAndTheLevelIsRecorded()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        var calls = new List<string>();
        var hooks = new SnapshotHooks
        {
            Level = SnapshotConsistency.FileSystem,
            BeforeFreeze = _ =>
            {
                disk.WriteBlock(0, seed: 1);
                calls.Add($"before {disk.Chain.Snapshots.Count}");
                return Task.CompletedTask;
            },
            AfterFreeze = _ =>
            {
                disk.WriteBlock(0, seed: 2);
                calls.Add($"after {disk.Chain.Snapshots.Count}");
                return Task.CompletedTask;
            },
        };

        SnapshotGroup group = await test.Pool.Groups.CreateAsync("group", ["disk"], new SnapshotOptions { Hooks = hooks });

        Assert.Equal(["before 0", "after 1"], calls);
        Assert.Equal(SnapshotConsistency.FileSystem, group.Consistency);
        await test.ReopenAsync();
        Assert.Equal(SnapshotConsistency.FileSystem, test.Pool.OpenChain("disk").Find("group")!.Consistency);
        using IDisk view = test.Pool.OpenChain("disk").Open("group");
        view.AssertBlock(0, seed: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R45_HookThatFailsGivesACrashConsistentSnapshotUnlessTheLevelIsRequired(bool hangs)
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        int thawed = 0;
        SnapshotOptions With(bool required) => new()
        {
            Hooks = new SnapshotHooks
            {
                Required = required,
                Timeout = TimeSpan.FromSeconds(5),
                BeforeFreeze = hangs ? _ => new TaskCompletionSource().Task : _ => throw new InvalidOperationException("no agent"),
                AfterFreeze = _ =>
                {
                    thawed++;
                    return Task.CompletedTask;
                },
            },
        };

        Task<Snapshot> making = disk.Chain.CreateAsync("s1", With(required: false));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(SnapshotConsistency.Crash, (await making).Consistency);
        Task<Snapshot> refused = disk.Chain.CreateAsync("s2", With(required: true));
        time.Advance(TimeSpan.FromSeconds(6));
        var failure = await Assert.ThrowsAsync<SnapshotHookException>(() => refused);

        Assert.True(failure.IsBeforeFreeze);
        Assert.Equal(hangs, failure.InnerException is TimeoutException);
        Assert.Equal(2, thawed);
        Assert.Equal("s1", Assert.Single(disk.Chain.Snapshots).Name);
        await disk.Chain.CreateAsync("s3"); // The chain is free again.
    }

    [Fact]
    public async Task R45_FailureOfTheHookAfterTheFreezeIsToldAndTheSnapshotStays()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        var hooks = new SnapshotHooks { AfterFreeze = _ => Task.FromException(new IOException("gone")) };

        var failure = await Assert.ThrowsAsync<SnapshotHookException>(() => disk.Chain.CreateAsync("s1", new SnapshotOptions { Hooks = hooks }));

        Assert.False(failure.IsBeforeFreeze);
        await test.KillAsync();
        Assert.Equal("s1", Assert.Single(test.Pool.OpenChain("disk").Snapshots).Name);
    }
}
