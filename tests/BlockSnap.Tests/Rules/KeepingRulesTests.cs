using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Rules;

/// <summary>Holds, which keep a snapshot, and the trash, out of which one can be had back.</summary>
public sealed class KeepingRulesTests
{
    private const int Block = 4096;

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hold_SetWhileADeletionCountsWhatItWouldFree_KeepsTheSnapshot(bool purge)
    {
        using var medium = new MemoryDevice();
        DiskPoolOptions options = PoolChoice.SmallRareCheckpoints.ToOptions();
        using (DiskPool made = await DiskPool.CreateAsync(medium, options))
        {
            using IDisk filled = await made.CreateDiskAsync("disk", 8 * Block);
            filled.WriteBlock(0, seed: 1);
            await filled.Chain.CreateAsync("s1");
            filled.WriteBlock(0, seed: 2);
        }

        var device = new HookedDevice(medium);
        using DiskPool pool = await DiskPool.OpenAsync(device, options); // it has no map in memory, so counting reads
        ISnapshotChain chain = pool.OpenChain("disk");
        device.Before = (call, name) =>
        {
            if (call == "read" && name.StartsWith("data-", StringComparison.Ordinal))
            {
                device.Before = static (_, _) => { };
                chain.HoldAsync("s1", "backup").GetAwaiter().GetResult();
            }
        };

        if (purge)
        {
            await pool.PurgeAsync();
        }
        else
        {
            await Assert.ThrowsAsync<SnapshotInUseException>(() => chain.DeleteAsync(["s1"]));
        }

        Assert.Equal(["backup"], chain.Find("s1")?.Holds);
    }

    [Fact]
    public async Task Hold_OfASnapshotWithACloneAndAnImage_ReturnsItWithBoth()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        Snapshot s1 = await disk.Chain.CreateAsync("s1");
        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone");
        await test.Pool.Images.CreateAsync("image", s1.Id);

        Snapshot held = await disk.Chain.HoldAsync("s1", "backup");

        Assert.Equal(["backup"], held.Holds);
        Assert.Equal((1, 1), (held.CloneCount, held.ImageCount));
    }

    [Fact]
    public async Task UndoPoint_WithAClone_IsListedWithIt()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.RollbackAsync("s1");

        using IDisk clone = await disk.Chain.CloneAsync(disk.Chain.UndoPoint!.Name, "clone");

        Assert.Equal(1, disk.Chain.UndoPoint.CloneCount);
        Assert.Equal(1, Assert.Single(disk.Chain.UndoPoints).CloneCount);
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
