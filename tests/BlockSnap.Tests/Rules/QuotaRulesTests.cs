using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R10 to R12: how many snapshots a disk may have, and what gives way.</summary>
public sealed class QuotaRulesTests
{
    private static readonly SnapshotOptions s_automatic = new() { Kind = SnapshotKind.Automatic };

    [Fact]
    public async Task R10_DefaultIs64ManualAndAutomaticTogether()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        for (int i = 0; i < 64; i++)
        {
            await disk.Chain.CreateAsync(i % 2 == 0 ? $"s{i}" : $"auto{i}", i % 2 == 0 ? null : s_automatic);
        }

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("more"));

        Assert.Equal(64, refused.Limit);
        Assert.Equal(64, disk.Chain.Snapshots.Count);
    }

    [Fact]
    public async Task R10_SecondProfileCountsEachKindByItself()
    {
        var quota = new SnapshotQuota(null, ManualMaximum: 2, AutomaticMaximum: 3);
        await using TestPool test = await TestPool.CreateAsync(quota: quota);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        for (int i = 0; i < 3; i++)
        {
            await disk.Chain.CreateAsync($"auto{i}", s_automatic);
        }

        await disk.Chain.CreateAsync("a1");
        await disk.Chain.CreateAsync("a2", new SnapshotOptions { Kind = SnapshotKind.Imported });

        Assert.Equal(2, (await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("a3"))).Limit);
        await disk.Chain.CreateAsync("auto3", s_automatic);
        Assert.Equal(["auto1", "auto2", "a1", "a2", "auto3"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal((null, 256, 1000), (SnapshotQuota.Separate.Maximum, SnapshotQuota.Separate.ManualMaximum, SnapshotQuota.Separate.AutomaticMaximum));
    }

    [Fact]
    public async Task R10_PoolKeepsItsQuota_AndAnOptionComesFirst()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096))
        {
            await test.Pool.SetQuotaAsync(new SnapshotQuota(2));
            await disk.Chain.CreateAsync("s1");
            await disk.Chain.CreateAsync("s2");
            Assert.Equal(2, (await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("s3"))).Limit);
        }

        await test.KillAsync();
        Assert.Equal(new SnapshotQuota(2), test.Pool.Quota);
        await test.Pool.CheckpointAsync();
        await test.ReopenAsync();
        Assert.Equal(new SnapshotQuota(2), test.Pool.OpenChain("disk").Quota);
        await Assert.ThrowsAsync<QuotaExceededException>(() => test.Pool.OpenChain("disk").CreateAsync("s3"));

        await test.Pool.SetQuotaAsync(SnapshotQuota.Separate);
        await test.Pool.OpenChain("disk").CreateAsync("s3");
        await test.KillAsync();
        Assert.Equal(SnapshotQuota.Separate, test.Pool.Quota);
        await test.Pool.SetQuotaAsync(SnapshotQuota.Default);
        await test.ReopenAsync();
        Assert.Equal(SnapshotQuota.Default, test.Pool.Quota);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Pool.SetQuotaAsync(new SnapshotQuota(null, 0)));

        await using TestPool other = await TestPool.CreateAsync(quota: new SnapshotQuota(1));
        await other.Pool.SetQuotaAsync(SnapshotQuota.Unlimited);
        Assert.Equal(new SnapshotQuota(1), other.Pool.Quota);
    }

    [Fact]
    public async Task R11_QuotaThatWasLowered_TakesNothingNow_AndTheNextAutomaticOneTakesThePlaceOfAsManyAsNeeded()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        foreach (int i in Enumerable.Range(1, 5))
        {
            await disk.Chain.CreateAsync($"auto{i}", s_automatic);
        }

        await test.Pool.SetQuotaAsync(new SnapshotQuota(3));
        Assert.Equal(5, disk.Chain.Snapshots.Count);
        await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("manual"));
        await disk.Chain.CreateAsync("auto6", s_automatic);
        Assert.Equal(["auto4", "auto5", "auto6"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R10_QuotaIsAtomicUnderConcurrentCreates()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Small with { BackgroundWork = true }, new SnapshotQuota(10));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        int[] refused = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            try
            {
                await disk.Chain.CreateAsync($"s{i}");
                return 0;
            }
            catch (QuotaExceededException)
            {
                return 1;
            }
        })));

        Assert.Equal(30, refused.Sum());
        Assert.Equal(10, disk.Chain.Snapshots.Count);
    }

    [Fact]
    public async Task R11_AutomaticCreateEvictsTheOldestAutomaticOneThatNothingHolds()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(5));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        await disk.Chain.CreateAsync("manual");
        foreach (string name in (string[])["auto1", "auto2", "auto3", "auto4"])
        {
            await disk.Chain.CreateAsync(name, s_automatic);
        }

        await disk.Chain.HoldAsync("auto1", "audit");
        await disk.Chain.LockAsync("auto2", 1);
        await test.Pool.Images.CreateAsync("golden", disk.Chain.Find("auto3")!.Id);

        await disk.Chain.CreateAsync("auto5", s_automatic);
        await test.KillAsync();

        Assert.Equal(["manual", "auto1", "auto2", "auto3", "auto5"], test.Pool.OpenChain("disk").Snapshots.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R11_AutomaticCreateFailsWhenOnlyManualOrHeldOnesAreLeft()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: new SnapshotQuota(2));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        await disk.Chain.CreateAsync("manual");
        await disk.Chain.CreateAsync("auto1", s_automatic);
        using IDisk clone = await disk.Chain.CloneAsync("auto1", "clone");

        await Assert.ThrowsAsync<QuotaExceededException>(() => disk.Chain.CreateAsync("auto2", s_automatic));

        Assert.Equal(["manual", "auto1"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
        await test.Pool.DeleteDiskAsync("clone");
        await disk.Chain.CreateAsync("auto2", s_automatic);
        Assert.Equal(["manual", "auto2"], disk.Chain.Snapshots.Select(snapshot => snapshot.Name));
    }

    [Fact]
    public async Task R12_KindIsKeptAndMakesNoOtherDifference()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8192);
        foreach (SnapshotKind kind in Enum.GetValues<SnapshotKind>())
        {
            disk.WriteBlock(0, seed: (int)kind);
            await disk.Chain.CreateAsync($"k{(int)kind}", new SnapshotOptions { Kind = kind });
        }

        await test.ReopenAsync();
        ISnapshotChain chain = test.Pool.OpenChain("disk");
        Assert.Equal(Enum.GetValues<SnapshotKind>(), chain.Snapshots.Select(snapshot => snapshot.Kind));
        await chain.RollbackAsync("k1");
        using IDisk opened = test.Pool.OpenDisk("disk");
        opened.AssertBlock(0, seed: 1);
        await chain.DeleteAsync(["k0", "k1", "k2", "k3"]);
        Assert.Empty(chain.Snapshots);
    }
}
