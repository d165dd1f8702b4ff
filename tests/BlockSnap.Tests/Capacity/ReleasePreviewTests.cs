using BlockSnap.Capacity;
using BlockSnap.Catalogs;
using BlockSnap.Mapping;
using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Capacity;

/// <summary>What would be freed, from the reference counts: exact for any set of states, and no more work than there is to free.</summary>
public sealed class ReleasePreviewTests(ITestOutputHelper output)
{
    private const int Block = 4096;

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Preview_RandomSetsOfARandomPool_EqualTheUnionOfAllMaps(int seed)
    {
        PoolChoice choice = PoolChoice.All[seed % PoolChoice.All.Count];
        await using TestPool test = await TestPool.CreateAsync(choice, SnapshotQuota.Unlimited);
        var life = new RandomLife(test, choice, seed);
        int sets = 0;
        for (int round = 0; round < 6; round++)
        {
            await life.RunAsync(25);
            for (int n = 0; n < 8; n++)
            {
                // Without names first, as they are; the census gives names, then once more.
                IRootHolder[] all = [.. test.Pool.Core.Catalog.All.SelectMany(chain => chain.States.Append<IRootHolder>(chain.Volume.Head))];
                IRootHolder[] doomed = [.. all.Where(_ => life.Random.Next(3) == 0)];
                ReleasePreview before = ReleasePreview.Of(test.Pool.Core, () => doomed, default);
                MapCensus census = MapCensus.Of(test.Pool);
                ReleasePreview after = ReleasePreview.Of(test.Pool.Core, () => doomed, default);

                Assert.Equal(census.ExclusiveBytes(doomed), before.Bytes);
                Assert.Equal(before.Bytes, after.Bytes);
                Assert.Equal(before.Bytes, before.Blocks * choice.BlockBytes);
                Assert.Equal(census.ExclusiveNodeBytes(doomed), after.NodeBytes);
                sets++;
            }
        }

        output.WriteLine($"{choice}: {sets} sets");
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Preview_SnapshotsThatReadersHaveOpen_SaysWhatGoesWhenTheyClose()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 64 * Block);
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 1));
        await disk.Chain.CreateAsync("deleted");
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 2));
        await disk.Chain.CreateAsync("s1");
        disk.Write(0, Pattern.Bytes(4 * Block, seed: 3));
        using IDisk reader = disk.Chain.Open("deleted");
        using IDisk same = disk.Chain.Open("deleted");
        using IDisk second = disk.Chain.Open("s1");
        await disk.Chain.DeleteAsync(["deleted"]);

        Assert.Equal(4 * Block, (await disk.Chain.PreviewDeleteAsync(["s1"])).FreedBytes);
    }

    // The nodes of a deleted snapshot that only a reader holds, and only memory knows, were given to others when the reader closed in the
    // middle of the count: what then lay in their frames was taken for theirs.
    [Fact]
    public async Task Preview_AReaderClosesMeanwhile_ItsNodesStayUntilTheyAreCounted()
    {
        var device = new HookedDevice(new MemoryDevice());
        var options = new DiskPoolOptions { BackgroundWork = false };
        await using (DiskPool first = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken))
        {
            IDisk stored = await first.CreateDiskAsync("stored", 64 * Block, cancellationToken: TestContext.Current.CancellationToken);
            stored.WriteBlock(0, seed: 1);
            await stored.Chain.CreateAsync("deleted", cancellationToken: TestContext.Current.CancellationToken);
            stored.WriteBlock(0, seed: 2);
            IDisk doomed = await first.CreateDiskAsync("doomed", 64 * Block, cancellationToken: TestContext.Current.CancellationToken);
            doomed.WriteBlock(0, seed: 3);
            await doomed.Chain.CreateAsync("s1", cancellationToken: TestContext.Current.CancellationToken);
            doomed.WriteBlock(1, seed: 4);
        }

        await using DiskPool pool = await DiskPool.OpenAsync(device, options, TestContext.Current.CancellationToken);
        using IDisk readerOfStored = await ReadDeletedAsync(pool, "stored");
        IDisk fresh = await pool.CreateDiskAsync("fresh", 64 * Block, cancellationToken: TestContext.Current.CancellationToken);
        fresh.WriteBlock(0, seed: 5);
        await fresh.Chain.CreateAsync("deleted", cancellationToken: TestContext.Current.CancellationToken);
        fresh.WriteBlock(0, seed: 6);
        IDisk readerOfFresh = await ReadDeletedAsync(pool, "fresh");
        IDisk head = pool.OpenDisk("doomed");
        bool closed = false;
        device.Before = (what, name) =>
        {
            if (what == "read" && !closed)
            {
                closed = true; // the first node to be read: the stored one
                readerOfFresh.Dispose();
                head.WriteBlock(2, seed: 7);
            }
        };

        ReleasePreview preview = ReleasePreview.Of(pool.Core, () => [pool.Core.Catalog.Find("doomed")!.Find("s1")!], default);

        Assert.True(closed);
        Assert.Equal(0, preview.Bytes); // the head has its one block too

        static async Task<IDisk> ReadDeletedAsync(DiskPool pool, string diskName)
        {
            using IDisk disk = pool.OpenDisk(diskName);
            IDisk reader = disk.Chain.Open("deleted");
            await disk.Chain.DeleteAsync(["deleted"], cancellationToken: TestContext.Current.CancellationToken);
            return reader;
        }
    }

    /// <summary>Exact at the instant it asks about, also when heads copy and change what they shared with the snapshot a moment before.</summary>
    [Theory]
    [InlineData("defaults")]
    [InlineData("small in the background")]
    [InlineData("tiny blocks, rare checkpoints")]
    public async Task Preview_WhileTheHeadIsWritten_StaysWhatTwoSnapshotsMakeIt(string name)
    {
        const int Blocks = 2000;
        PoolChoice choice = PoolChoice.Named(name);
        await using TestPool test = await TestPool.CreateAsync(choice);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", Blocks * choice.BlockBytes, choice.BlockSize);
        disk.Write(0, Pattern.Bytes((int)disk.Size, seed: 1));
        await disk.Chain.CreateAsync("s1");
        for (int i = 0; i < Blocks; i += 2)
        {
            disk.WriteBlock(i, seed: i);
        }

        await disk.Chain.CreateAsync("s2");
        using var stop = new CancellationTokenSource();
        Task writer = Task.Run(
            () =>
            {
                var random = new Random(1);
                while (!stop.IsCancellationRequested)
                {
                    disk.WriteBlock(random.Next(Blocks), random.Next());
                }
            },
            CancellationToken.None);
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal(Blocks / 2 * choice.BlockBytes, (await disk.Chain.PreviewDeleteAsync(["s1"])).FreedBytes);
        }

        await stop.CancelAsync();
        await writer;
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Preview_InALongChain_VisitsNoMoreNodesThanInAShortOne()
    {
        long few = await NodesVisitedAsync(snapshots: 10);
        long many = await NodesVisitedAsync(snapshots: 1000);
        output.WriteLine($"{few} and {many} nodes");
        Assert.InRange(many, 1, few + 2);
    }

    [Fact]
    public async Task Preview_OfWhatOthersHoldToo_EntersOnlyWhatWouldGo()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"));
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 16 << 20);
        disk.Write(0, Pattern.Bytes(16 << 20, seed: 1));
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");
        ReleasePreview nothing = ReleasePreview.Of(test.Pool.Core, () => [test.Pool.Core.Catalog.Find("a")!.Find("s1")!], default);
        disk.WriteBlock(0, seed: 2);
        await disk.Chain.DeleteAsync(["s2"]);
        ReleasePreview one = ReleasePreview.Of(test.Pool.Core, () => [test.Pool.Core.Catalog.Find("a")!.Find("s1")!], default);

        Assert.Equal((0, 0), (nothing.NodesVisited, nothing.Bytes));
        Assert.Equal((2, Block), (one.NodesVisited, one.Bytes)); // the root and one leaf of sixteen
    }

    private static async Task<long> NodesVisitedAsync(int snapshots)
    {
        PoolChoice choice = PoolChoice.Named("segments of 1 MiB");
        await using TestPool test = await TestPool.CreateAsync(choice, SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 16 << 20);
        disk.Write(0, Pattern.Bytes(16 << 20, seed: 1));
        for (int i = 0; i < snapshots; i++)
        {
            disk.WriteBlock(i * 37 % 4096, seed: i); // the next one writes over the second: that one snapshot alone holds it
            disk.WriteBlock((i + 1) * 37 % 4096, seed: -i);
            await disk.Chain.CreateAsync($"s{i}");
        }

        SnapshotState middle = test.Pool.Core.Catalog.Find("a")!.Snapshots[snapshots / 2];
        ReleasePreview preview = ReleasePreview.Of(test.Pool.Core, () => [middle], default);
        Assert.Equal(1, preview.Blocks);
        return preview.NodesVisited;
    }
}
