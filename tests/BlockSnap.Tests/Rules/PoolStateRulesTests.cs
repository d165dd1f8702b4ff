using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R53: suspended pools, and what a purge spares.</summary>
public sealed class PoolStateRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R53_SuspendedPoolMakesNoSnapshotsAndRetentionStillRuns()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { RetentionDays = 1 });
        await disk.Chain.CreateAsync("s2");
        await test.Pool.SuspendAsync("moving house");
        await test.KillAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");

        var refused = await Assert.ThrowsAsync<PoolSuspendedException>(() => chain.CreateAsync("s3"));
        Assert.Equal("moving house", refused.Reason);
        await Assert.ThrowsAsync<PoolSuspendedException>(() => test.Pool.Groups.CreateAsync("group", ["disk"]));
        await Assert.ThrowsAsync<PoolSuspendedException>(() => chain.SynchronizeFromAsync("s2", "now", "copy"));
        using IDisk opened = test.Pool.OpenDisk("disk");
        opened.WriteBlock(0, seed: 1);
        await chain.RollbackAsync("s2");
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("s1", Assert.Single((await test.Pool.ExpireAsync()).Expired).Name);

        await test.Pool.ResumeAsync();
        await test.Pool.ResumeAsync();
        Assert.Null(test.Pool.SuspendReason);
        await chain.CreateAsync("s3");
        await test.ReopenAsync();
        await test.Pool.OpenChain("disk").CreateAsync("s4");
    }

    [Fact]
    public async Task R53_PurgeSparesWhatImagesOrDisksUse()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk one = await test.Pool.CreateDiskAsync("one", 8 * Block);
        using IDisk two = await test.Pool.CreateDiskAsync("two", 8 * Block);
        one.WriteBlock(0, seed: 1);
        foreach (string name in (string[])["in-image", "cloned", "held", "free"])
        {
            await one.Chain.CreateAsync(name);
            await two.Chain.CreateAsync(name);
        }

        await test.Pool.Images.CreateAsync("golden", one.Chain.Find("in-image")!.Id);
        using IDisk clone = await one.Chain.CloneAsync("cloned", "clone");
        await one.Chain.HoldAsync("held", "audit");
        await two.Chain.DeleteAsync(["free"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(1) });

        Assert.Equal(5, (await test.Pool.PurgeAsync(dryRun: true)).Snapshots.Count);
        Assert.Equal(4, one.Chain.Snapshots.Count);
        DeletePreview purged = await test.Pool.PurgeAsync();

        Assert.Equal(5, purged.Snapshots.Count);
        Assert.Equal(["in-image", "cloned", "held"], one.Chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Empty(two.Chain.Snapshots);
        Assert.Empty(two.Chain.Trash);
        clone.AssertBlock(0, seed: 1);
        await test.KillAsync();
        Assert.Equal(3, test.Pool.OpenChain("one").Snapshots.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R53_PoolOpenedReadOnlyChangesNoByteAndRefusesEveryChange(bool afterACrash)
    {
        using var directory = new TempDirectory();
        string path = directory["pool"];
        DiskPool pool = await DiskPool.CreateAsync(path, PoolChoice.Small.ToOptions());
        using (IDisk disk = await pool.CreateDiskAsync("disk", 64 * Block))
        {
            disk.WriteBlock(0, seed: 1);
            await disk.Chain.CreateAsync("s1");
            disk.WriteBlock(0, seed: 2);
            disk.WriteBlock(9, seed: 3);
            disk.Flush();
        }

        if (afterACrash)
        {
            pool.Abandon();
        }
        else
        {
            await pool.DisposeAsync();
        }

        Dictionary<string, string> before = Hashes(path);
        await using (DiskPool readOnly = await DiskPool.OpenAsync(path, new DiskPoolOptions { ReadOnly = true }))
        {
            using IDisk disk = readOnly.OpenDisk("disk");
            disk.AssertBlock(0, seed: 2);
            disk.AssertBlock(9, seed: 3);
            using IDisk view = disk.Chain.Open("s1");
            view.AssertBlock(0, seed: 1);
            Assert.Equal([0, 9], await disk.GetAllocatedBlocksAsync());
            await readOnly.AssertSoundAsync();
            Assert.Equal(2 * Block, (await readOnly.GetDiskUsageAsync("disk")).ReferencedBytes);
            Assert.Equal(DiskCapabilities.None, disk.Capabilities);

            Assert.Throws<PoolReadOnlyException>(() => disk.WriteBlock(0, seed: 9));
            Assert.Throws<PoolReadOnlyException>(() => disk.Discard(0, Block));
            Assert.Throws<PoolReadOnlyException>(() => disk.WriteZeroes(0, Block));
            Assert.Throws<PoolReadOnlyException>(() => disk.Resize(Block));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => disk.Chain.CreateAsync("s2"));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => disk.Chain.RollbackAsync("s1"));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => disk.Chain.DeleteAsync(["s1"]));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => readOnly.CreateDiskAsync("other", Block));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => readOnly.DeleteDiskAsync("disk"));
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => readOnly.ExpireAsync());
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => readOnly.CompactAsync());
            await Assert.ThrowsAsync<PoolReadOnlyException>(() => readOnly.CheckpointAsync());
            disk.AssertBlock(0, seed: 2);
        }

        Assert.Equal(before, Hashes(path));
        await using DiskPool again = await DiskPool.OpenAsync(path);
        using IDisk opened = again.OpenDisk("disk");
        opened.AssertBlock(9, seed: 3);
        opened.WriteBlock(9, seed: 4);
    }

    [Fact]
    public async Task R53_ReadOnlyMakesNoPool()
    {
        using var directory = new TempDirectory();

        await Assert.ThrowsAsync<PoolNotFoundException>(() => DiskPool.OpenOrCreateAsync(directory["pool"], new DiskPoolOptions { ReadOnly = true }));
        await Assert.ThrowsAsync<ArgumentException>(() => DiskPool.CreateAsync(directory["pool"], new DiskPoolOptions { ReadOnly = true }));
        Assert.False(Directory.Exists(directory["pool"]));
    }

    private static Dictionary<string, string> Hashes(string path) => Directory.GetFiles(path)
        .Where(file => Path.GetFileName(file) != "lock")
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
}
