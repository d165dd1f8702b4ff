using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R20, R21, R24, R27, R28: what a policy says, which disks it has, and what happens to them when it or they change or go. The times are in Items/PolicyCalendarTests and Policies/PolicyEvaluatorTests.</summary>
public sealed class PolicyRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R20_Policy_IsDurableWithAllItSays()
    {
        await using TestPool test = await TestPool.CreateAsync();
        SnapshotPolicy made = await test.Pool.Policies.CreateAsync(
            PolicyPool.Nightly with { Hours = [23, 2], Weekdays = [DayOfWeek.Saturday, DayOfWeek.Monday], SkipUnused = true, SkipUnchanged = true });
        await test.Pool.Policies.CreateAsync(PolicyPool.Hourly);
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

        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Policies.CreateAsync(PolicyPool.Nightly with { Name = name }));
    }

    [Fact]
    public async Task R20_HoursDaysZonesRetentions_ThatAreNone_AreRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        SnapshotPolicies policies = test.Pool.Policies;

        foreach (int[] hours in (int[][])[[], [24], [-1], [2, 2]])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(PolicyPool.Nightly with { Hours = hours }));
        }

        foreach (DayOfWeek[] days in (DayOfWeek[][])[[], [(DayOfWeek)7], [DayOfWeek.Monday, DayOfWeek.Monday]])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(PolicyPool.Nightly with { Weekdays = days }));
        }

        foreach (string zone in (string[])["", "Europe/Nowhere", "../zoneinfo/Europe/Berlin", "/etc/localtime", "Europe/Berlin\0"])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => policies.CreateAsync(PolicyPool.Nightly with { TimeZone = zone }));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => policies.CreateAsync(PolicyPool.Nightly with { RetentionDays = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => policies.CreateAsync(PolicyPool.Nightly with { RetentionDays = 65_537 }));
        Assert.Empty(policies.List());
        await policies.CreateAsync(PolicyPool.Nightly with { Name = "Nächtlich.1_a-b:c", RetentionDays = 65_536, Hours = PolicyPool.Hourly.Hours });
    }

    [Fact]
    public async Task R21_Pool_HasAtMostAHundredPolicies()
    {
        await using TestPool test = await TestPool.CreateAsync();
        for (int i = 0; i < 100; i++)
        {
            await test.Pool.Policies.CreateAsync(PolicyPool.Nightly with { Name = $"policy-{i}" });
        }

        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Policies.CreateAsync(PolicyPool.Nightly));
        await test.Pool.Policies.DeleteAsync("policy-7");
        await test.Pool.Policies.CreateAsync(PolicyPool.Nightly);
        await Assert.ThrowsAsync<PolicyExistsException>(() => test.Pool.Policies.CreateAsync(PolicyPool.Nightly));
    }

    [Fact]
    public async Task R21_HowManyPolicies_IsAnOptionOfThePool()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small.ToOptions() with { PoliciesMax = 1 });
        await test.Pool.Policies.CreateAsync(PolicyPool.Nightly);

        await Assert.ThrowsAsync<ConflictException>(() => test.Pool.Policies.CreateAsync(PolicyPool.Hourly));
    }

    [Fact]
    public async Task R21_Disk_HasOnePolicy_AndApplyingAnotherReplacesIt()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["a", "b", "c"]);
        SnapshotPolicies policies = test.Policies;
        await policies.CreateAsync(PolicyPool.Hourly);
        await policies.ApplyAsync("nightly", ["a", "b"]);
        await policies.ApplyAsync("hourly", ["b", "c"]);
        await test.KillAsync();

        policies = test.Policies;
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
        await using PolicyPool test = await PolicyPool.CreateAsync(["a", "b"]);

        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Policies.ApplyAsync("nightly", ["a", "none"]));
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Policies.ApplyAsync("none", ["a"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Policies.ApplyAsync("nightly", ["a", "a"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Policies.ApplyAsync("nightly", []));

        Assert.All(test.Policies.ListDisks(), disk => Assert.Null(disk.PolicyName));
    }

    [Fact]
    public async Task R24_ChangedPolicy_ActsAtOnce_AndItsRetentionOnNewSnapshotsOnly()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly with { RetentionDays = 3 });
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.NextHourAsync();
        SnapshotPolicy before = test.Policies.Find("hourly")!;
        SnapshotPolicy changed = await test.Policies.ChangeAsync(before with { Name = "evening", Hours = [0, 20], RetentionDays = 9 });
        Assert.Equal((before.Id, before.Created), (changed.Id, changed.Created));

        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        Assert.Equal(PolicyPool.Utc("2026-01-02 20:00"), test.Policies.OfDisk("vm").NextDue);
        test.Time.Advance(TimeSpan.FromHours(19));
        Assert.Equal("evening", Assert.Single((await test.Policies.RunAsync()).Outcomes).PolicyName);
        Assert.Equal([3, 9], test.Pool.OpenChain("vm").Snapshots.Select(snapshot => (snapshot.Expires!.Value - snapshot.Created).Days));
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Policies.ChangeAsync(PolicyPool.Hourly));
    }

    [Theory]
    [InlineData("UTC", 8)] // another hour
    [InlineData("Asia/Tokyo", 17)] // another zone: 08:00 in UTC
    public async Task R24_WhatWouldHaveBeenDueBeforeTheChange_IsNotMadeUpFor(string zone, int hour)
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Nightly with { TimeZone = "UTC" });
        await test.Policies.ApplyAsync("nightly", ["vm"]);
        test.Time.Advance(TimeSpan.FromHours(2));
        Assert.Single((await test.Policies.RunAsync()).Outcomes);

        test.Time.Advance(TimeSpan.FromHours(7)); // 09:30
        await test.Policies.ChangeAsync(test.Policies.Find("nightly")! with { Hours = [hour], TimeZone = zone });
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        await test.KillAsync();
        Assert.Empty((await test.Policies.RunAsync()).Outcomes);
        Assert.Equal(PolicyPool.Utc("2026-01-03 08:00"), test.Policies.OfDisk("vm").NextDue);
    }

    [Fact]
    public async Task R27_DeletedPolicy_LeavesItsDisksWithoutOne_AndItsSnapshotsInPlace()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.NextHourAsync();
        await test.Policies.DeleteAsync("hourly");
        await test.KillAsync();

        Assert.Null(test.Policies.OfDisk("vm").PolicyName);
        Assert.Null(await test.NextHourAsync());
        Assert.Equal(["auto_20260102_1"], test.Names("vm"));
        await test.Policies.CreateAsync(PolicyPool.Hourly);
        Assert.Null(test.Policies.OfDisk("vm").PolicyName); // of the same name, but another
        await Assert.ThrowsAsync<PolicyNotFoundException>(() => test.Policies.DeleteAsync("other"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R28_AutomaticSnapshots_GoWithTheDiskWhereAskedFor_AndElseFollowTheirRetention(bool deletes)
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly with { RetentionDays = 5 });
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Policies.DeleteSnapshotsWithDiskAsync(["vm"], deletes);
        await test.NextHourAsync();
        await test.NextHourAsync();
        ISnapshotChain chain = test.Pool.OpenChain("vm");
        await chain.CreateAsync("manual");
        await chain.HoldAsync("auto_20260102_1", "audit");
        string id = chain.Id.ToString();
        await test.Pool.DeleteDiskAsync("vm");
        await test.KillAsync();

        Assert.Equal(deletes ? ["auto_20260102_1", "manual"] : ["auto_20260102_1", "auto_20260102_2", "manual"], test.Names(id));
        test.Time.Advance(TimeSpan.FromDays(6));
        await test.Policies.RunAsync();
        Assert.Equal(["auto_20260102_1", "manual"], test.Names(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R28_PreviewOfADisksDeletion_HasTheSnapshotsThatGoWithIt_AndTheirBytes(bool deletes)
    {
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], PolicyPool.Hourly);
        await test.Policies.ApplyAsync("hourly", ["vm"]);
        await test.Policies.DeleteSnapshotsWithDiskAsync(["vm"], deletes);
        using (IDisk disk = test.Pool.OpenDisk("vm"))
        {
            disk.Write(0, [.. Enumerable.Repeat((byte)1, Block)]);
            await test.NextHourAsync();
            disk.Write(0, [.. Enumerable.Repeat((byte)2, Block)]);
        }

        long before = (await test.Pool.GetUsageAsync()).ReferencedBytes;
        DeletePreview preview = await test.Pool.PreviewDeleteDiskAsync("vm");

        Assert.Equal(deletes ? ["auto_20260102_1"] : [], preview.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(deletes ? 2 * Block : Block, preview.FreedBytes);
        await test.Pool.DeleteDiskAsync("vm");
        Assert.Equal(before - preview.FreedBytes, (await test.Pool.GetUsageAsync()).ReferencedBytes);
    }

    [Fact]
    public async Task R28_WhatWasKnownOfADisk_GoesWithIt()
    {
        await using PolicyPool test = await PolicyPool.CreateAsync([]);
        for (int i = 0; i < 200; i++)
        {
            (await test.Pool.CreateDiskAsync("vm", 4 * Block)).Dispose();
            await test.Policies.ApplyAsync("nightly", ["vm"]);
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
        await using PolicyPool test = await PolicyPool.CreateAsync(["vm"], quota: SnapshotQuota.Unlimited);
        await test.Policies.DeleteSnapshotsWithDiskAsync(["vm"], deletes: true);
        ISnapshotChain chain = test.Pool.OpenChain("vm");
        for (int i = 0; i < count; i++)
        {
            await chain.CreateAsync($"auto-{i}", new SnapshotOptions { Kind = SnapshotKind.Automatic });
        }

        await test.Pool.DeleteDiskAsync("vm");
        await test.KillAsync();
        Assert.Empty(test.Pool.ListDisks(includeReleased: true));
    }
}
