using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R36: images.</summary>
public sealed class ImageRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R36_SnapshotInAnImageCannotBeDeletedUntilTheImageIs()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk system = await test.Pool.CreateDiskAsync("system", 8 * Block);
        using IDisk data = await test.Pool.CreateDiskAsync("data", 8 * Block);
        Snapshot s1 = await system.Chain.CreateAsync("s1");
        Snapshot d1 = await data.Chain.CreateAsync("d1");
        PoolImage image = await test.Pool.Images.CreateAsync("golden", s1.Id, [d1.Id], "first edition");
        await test.KillAsync();

        PoolImage found = Assert.Single(test.Pool.Images.List());
        Assert.Equal((image.Id, "golden", "first edition", s1.Id), (found.Id, found.Name, found.Description, found.SystemSnapshot));
        Assert.Equal([d1.Id], found.DataSnapshots);
        ISnapshotChain chain = test.Pool.OpenChain("data");
        Assert.Equal(1, chain.Find("d1")!.ImageCount);
        var refused = await Assert.ThrowsAsync<SnapshotInUseException>(() => chain.DeleteAsync(["d1"], force: true));
        Assert.Equal(["image 'golden'"], refused.Users);

        await test.Pool.Images.DeleteAsync("golden");
        Assert.NotNull(chain.Find("d1"));
        await chain.DeleteAsync(["d1"]);
        Assert.Empty(chain.Snapshots);
        Assert.Single(test.Pool.OpenChain("system").Snapshots);
    }

    [Fact]
    public async Task R36_ImageMakesDisks()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk system = await test.Pool.CreateDiskAsync("system", 8 * Block);
        using IDisk data = await test.Pool.CreateDiskAsync("data", 4 * Block, new BlockSize(512));
        system.WriteBlock(0, seed: 1);
        data.Write(0, Pattern.Bytes(Block, seed: 2));
        Snapshot s1 = await system.Chain.CreateAsync("s1");
        Snapshot d1 = await data.Chain.CreateAsync("d1");
        await test.Pool.Images.CreateAsync("golden", s1.Id, [d1.Id]);
        system.WriteBlock(0, seed: 3);

        IReadOnlyList<IDisk> made = await test.Pool.Images.CreateDisksAsync("golden", ["vm2", "vm2-data"]);
        await Assert.ThrowsAsync<DiskExistsException>(() => test.Pool.Images.CreateDisksAsync("golden", ["vm3", "vm2-data"]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Images.CreateDisksAsync("golden", ["vm3"]));

        Assert.Equal(["data", "system", "vm2", "vm2-data"], test.Pool.ListDisks().Select(disk => disk.Name));
        made[0].AssertBlock(0, seed: 1);
        Assert.Equal(Pattern.Bytes(Block, seed: 2), made[1].ReadBytes(0, Block));
        Assert.Equal(1, system.Chain.Find("s1")!.CloneCount);
        await test.Pool.Images.DeleteAsync("golden");
        made[0].AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task R36_ImageOfWhatIsNotThereOrTwiceIsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk system = await test.Pool.CreateDiskAsync("system", 8 * Block);
        Snapshot s1 = await system.Chain.CreateAsync("s1");
        await test.Pool.Images.CreateAsync("golden", s1.Id);

        await Assert.ThrowsAsync<ImageExistsException>(() => test.Pool.Images.CreateAsync("golden", s1.Id));
        await Assert.ThrowsAsync<SnapshotNotFoundException>(() => test.Pool.Images.CreateAsync("other", new SnapshotId(Guid.Empty)));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Images.CreateAsync("other", s1.Id, [s1.Id]));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Pool.Images.CreateAsync("1st", s1.Id));
        await Assert.ThrowsAsync<ImageNotFoundException>(() => test.Pool.Images.DeleteAsync("other"));

        Assert.Equal("golden", Assert.Single(test.Pool.Images.List()).Name);
    }
}
