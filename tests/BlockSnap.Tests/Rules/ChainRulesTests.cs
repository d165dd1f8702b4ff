using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R9, R10, R13, R18, R19: the chain, its quota, and how long snapshots live.</summary>
public sealed class ChainRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R9_ChainHasTheDisksIdAndItsSnapshotsInOrderWithTheirSizes()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        ISnapshotChain chain = disk.Chain;
        Assert.Equal(disk.Id, chain.Id);
        Assert.Equal("disk", chain.DiskName);
        Assert.Null(chain.Latest);

        var made = new List<Snapshot>();
        foreach (string name in (string[])["zeta", "alpha", "mid"])
        {
            time.Advance(TimeSpan.FromMinutes(1));
            made.Add(await chain.CreateAsync(name));
            await disk.ResizeAsync(disk.Size + Block);
        }

        await test.ReopenAsync();
        chain = test.Pool.OpenChain("disk");
        Assert.Equal(["zeta", "alpha", "mid"], chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal([8 * Block, 9 * Block, 10 * Block], chain.Snapshots.Select(snapshot => snapshot.Size));
        Assert.Equal(made.Select(snapshot => snapshot.Id), chain.Snapshots.Select(snapshot => snapshot.Id));
        Assert.Equal(made.Select(snapshot => snapshot.Created), chain.Snapshots.Select(snapshot => snapshot.Created));
        Assert.Equal(3, made.Select(snapshot => snapshot.Id).Distinct().Count());
        Assert.Equal("mid", chain.Latest!.Name);
    }

    [Fact]
    public async Task R9_SnapshotsAreFoundByNameIdAndTime()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        ISnapshotChain chain = disk.Chain;
        DateTimeOffset start = time.GetUtcNow();
        time.Advance(TimeSpan.FromHours(1));
        Snapshot first = await chain.CreateAsync("first");
        time.Advance(TimeSpan.FromHours(1));
        Snapshot second = await chain.CreateAsync("second");

        Assert.Equal(start + TimeSpan.FromHours(1), first.Created);
        Assert.Equal(TimeSpan.Zero, first.Created.Offset);
        Assert.Equal(first.Id, chain.Find("first")!.Id);
        Assert.Equal("second", chain.Find(second.Id)!.Name);
        Assert.Null(chain.Find("third"));
        Assert.Null(chain.Find("FIRST"));
        Assert.Null(chain.Find(new SnapshotId(Guid.Empty)));
        Assert.Null(chain.FindAt(start));
        Assert.Equal("first", chain.FindAt(first.Created)!.Name);
        Assert.Equal("first", chain.FindAt(second.Created - TimeSpan.FromTicks(1))!.Name);
        Assert.Equal("second", chain.FindAt(DateTimeOffset.MaxValue)!.Name);
    }

    [Fact]
    public async Task R9_ChainCapacityIsTheSumOfWhatItsSnapshotsStore()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 100 * Block);
        for (int i = 0; i < 10; i++)
        {
            disk.Write(i * 5 * Block, Pattern.Bytes((10 - i) * Block, seed: i));
            await disk.Chain.CreateAsync($"s{i}");
        }

        await disk.Chain.DeleteAsync(["s3", "s4", "s8"]);

        IReadOnlyList<SnapshotUsage> usage = await disk.Chain.GetUsageAsync();
        Assert.Equal(7, usage.Count);
        Assert.Equal(usage.Sum(entry => entry.StoredBytes), (await test.Pool.GetDiskUsageAsync("disk")).SnapshotBytes);
    }

    [Fact]
    public async Task R9_NameThatIsTakenIsRefusedAndNothingChanges()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        Snapshot first = await disk.Chain.CreateAsync("same");
        disk.WriteBlock(0, seed: 1);

        SnapshotExistsException refused = await Assert.ThrowsAsync<SnapshotExistsException>(() => disk.Chain.CreateAsync("same"));

        Assert.Equal(("disk", "same"), (refused.DiskName, refused.SnapshotName));
        Assert.Equal(first.Id, Assert.Single(disk.Chain.Snapshots).Id);
        await disk.Chain.DeleteAsync(["same"]);
        Assert.NotEqual(first.Id, (await disk.Chain.CreateAsync("same")).Id);
    }

    [Fact]
    public async Task R10_QuotaIs64UnlessSaid()
    {
        Assert.Null(new DiskPoolOptions().SnapshotQuota);
        await using TestPool test = await TestPool.CreateAsync();
        Assert.Equal(SnapshotQuota.Default, test.Pool.Quota);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        Assert.Equal(64, disk.Chain.Quota.Maximum);
        for (int i = 0; i < 64; i++)
        {
            await disk.Chain.CreateAsync($"s{i}");
        }

        await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("one-more"));

        Assert.Equal(64, disk.Chain.Snapshots.Count);
    }

    [Fact]
    public async Task R10_QuotaCountsPerDiskAndADeleteMakesRoom()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = await test.Pool.CreateDiskAsync("other", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2", new SnapshotOptions { Kind = SnapshotKind.Imported });
        await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("s3"));
        await other.Chain.CreateAsync("s1");

        // What a rollback keeps is no snapshot of the chain.
        await disk.Chain.RollbackAsync("s1");
        await disk.Chain.UndoRollbackAsync();

        await disk.Chain.DeleteAsync(["s1"]);
        await disk.Chain.CreateAsync("s3");
        Assert.Equal(["s2", "s3"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R10_QuotaHoldsWhenManyCreateAtOnce()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(5));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);

        bool[] made = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            try
            {
                await disk.Chain.CreateAsync($"s{i}");
                return true;
            }
            catch (QuotaExceededException)
            {
                return false;
            }
        })));

        Assert.Equal(5, made.Count(success => success));
        Assert.Equal(5, disk.Chain.Snapshots.Count);
    }

    [Fact]
    public async Task R10_NoQuotaAllowsAnyNumber()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        for (int i = 0; i < 200; i++)
        {
            disk.WriteBlock(i % 8, seed: i);
            await disk.Chain.CreateAsync($"s{i}");
        }

        Assert.Equal(200, disk.Chain.Snapshots.Count);
        using IDisk view = disk.Chain.Open("s100");
        view.AssertBlock(4, seed: 100);
        view.AssertBlock(5, seed: 93);
    }

    [Fact]
    public async Task R13_DiskNeverWrittenGivesAValidEmptySnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", (8 * Block) + 5);

        Snapshot empty = await disk.Chain.CreateAsync("empty");

        Assert.Equal((8 * Block) + 5, empty.Size);
        Assert.Equal(0, (await disk.Chain.GetUsageAsync("empty")).StoredBytes);
        using IDisk view = disk.Chain.Open("empty");
        Assert.Empty(await view.GetAllocatedBlocksAsync());
        Assert.True(BlockDiffer.IsZero(view.ReadAll()));
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.RollbackAsync("empty");
        Assert.Empty(await disk.GetAllocatedBlocksAsync());
        using IDisk clone = await disk.Chain.CloneAsync("empty", "clone");
        Assert.Equal(empty.Size, clone.Size);
        Assert.Equal(0, (await disk.Chain.DeleteAsync(["empty"], force: true)).FreedBytes);
    }

    [Fact]
    public async Task R13_DiskInUseAndDiskNotInUseCanBothBeSnapshotted()
    {
        await using TestPool test = await TestPool.CreateAsync();
        (await test.Pool.CreateDiskAsync("disk", 8 * Block)).Dispose();
        await test.Pool.OpenChain("disk").CreateAsync("not-in-use");

        using IDisk first = test.Pool.OpenDisk("disk");
        using IDisk second = test.Pool.OpenDisk("disk");
        using Stream stream = second.AsStream();
        stream.WriteByte(1);
        await first.Chain.CreateAsync("in-use");

        Assert.Equal(2, first.Chain.Snapshots.Count);
    }

    [Fact]
    public async Task R13_ReleasedDiskGetsNoSnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        ISnapshotChain chain = disk.Chain;
        await chain.CreateAsync("s1");
        await test.Pool.DeleteDiskAsync("disk");

        await Assert.ThrowsAsync<DiskNotFoundException>(() => chain.CreateAsync("s2"));
        await Assert.ThrowsAsync<DiskNotFoundException>(() => chain.RollbackAsync("s1"));

        Assert.Equal("s1", Assert.Single(chain.Snapshots).Name);
    }

    [Fact]
    public async Task R18_SnapshotsKeepTheSourceDisksIdAfterItsRelease()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        DiskId id = disk.Id;
        disk.WriteBlock(2, seed: 5);
        await disk.Chain.CreateAsync("s1");

        await test.Pool.DeleteDiskAsync("disk");
        await test.ReopenAsync();

        Assert.Empty(test.Pool.ListDisks());
        DiskInfo released = Assert.Single(test.Pool.ListDisks(includeReleased: true));
        Assert.Equal((id, "disk", true, 1), (released.Id, released.Name, released.IsReleased, released.SnapshotCount));
        ISnapshotChain chain = test.Pool.OpenChain(id.ToString());
        Assert.True(chain.IsReleased);
        Assert.Equal(id, chain.Id);
        Assert.Equal(id, Assert.Single(chain.Snapshots).DiskId);
        using IDisk view = chain.Open("s1");
        Assert.Equal(id, view.Id);
        view.AssertBlock(2, seed: 5);
    }

    [Fact]
    public async Task R18_NameOfAReleasedDiskCanBeUsedAgainAndBothChainsStay()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk old = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await old.Chain.CreateAsync("old-one");
        await test.Pool.DeleteDiskAsync("disk");

        using IDisk fresh = await test.Pool.CreateDiskAsync("disk", 4 * Block);
        await fresh.Chain.CreateAsync("new-one");

        Assert.NotEqual(old.Id, fresh.Id);
        Assert.Equal("new-one", test.Pool.OpenChain("disk").Latest!.Name);
        Assert.Equal("old-one", test.Pool.OpenChain(old.Id.ToString()).Latest!.Name);
        Assert.Equal("new-one", test.Pool.OpenChain(fresh.Id.ToString()).Latest!.Name);
    }

    [Fact]
    public async Task R18_ChainOfAReleasedDiskGoesWithItsLastSnapshot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await test.Pool.DeleteDiskAsync("disk");

        await test.Pool.OpenChain(disk.Id.ToString()).DeleteAsync(["s1"]);

        Assert.Empty(test.Pool.ListDisks(includeReleased: true));
        Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenChain(disk.Id.ToString()));
        Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenDisk("disk"));
    }

    [Fact]
    public async Task R19_ManualSnapshotLivesUntilDeletedAndSurvivesTheReleaseOfItsDisk()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(1, seed: 1);
        Snapshot kept = await disk.Chain.CreateAsync("kept");
        Assert.Null(kept.Expires);
        await test.Pool.DeleteDiskAsync("disk");

        time.Advance(TimeSpan.FromDays(365 * 200));
        await test.ReopenAsync();
        await test.Pool.CompactAsync();

        using IDisk view = test.Pool.OpenChain("disk").Open("kept");
        view.AssertBlock(1, seed: 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_536)]
    public async Task R19_RetentionInDaysGivesTheTimeTheSnapshotExpires(int days)
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);

        Snapshot made = await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = days });

        Assert.Equal(time.GetUtcNow() + TimeSpan.FromDays(days), made.Expires);
        await test.ReopenAsync();
        Assert.Equal(made.Expires, test.Pool.OpenChain("disk").Find("s1")!.Expires);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_537)]
    public async Task R19_RetentionOutsideOneTo65536DaysIsRefused(int days)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = days }));

        Assert.Empty(disk.Chain.Snapshots);
    }
}
