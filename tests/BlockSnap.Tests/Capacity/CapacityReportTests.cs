using System.Diagnostics;
using BlockSnap.Capacity;
using BlockSnap.Catalogs;
using BlockSnap.Mapping;
using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Capacity;

/// <summary>R40: every figure equals what a walk of all maps counts, whatever happened, and however often it was asked for in between.</summary>
public sealed class CapacityReportTests
{
    private const int Block = 4096;
    private const long Region = 1L << 26; // blocks: whole subtrees

    private static readonly DiskPoolOptions s_quiet = new() { BackgroundWork = false };

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, 32)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Usage_OfARandomPool_EqualsAWalkOfAllMaps(int seed)
    {
        PoolChoice choice = PoolChoice.All[seed % PoolChoice.All.Count];
        await using TestPool test = await TestPool.CreateAsync(choice, SnapshotQuota.Unlimited);
        var life = new RandomLife(test, choice, seed + 100);
        for (int round = 0; round < 25; round++)
        {
            await life.RunAsync(1 + life.Random.Next(8));
            PoolUsage usage = await test.Pool.GetUsageAsync(); // before the census, which gives all nodes their names
            MapCensus census = MapCensus.Of(test.Pool);
            await AssertEqualAsync(test.Pool, usage, census);
            Assert.Equal(usage.Disks, (await test.Pool.GetUsageAsync()).Disks);
        }

        await test.Pool.AssertSoundAsync();
    }

    // The catalog's pages were counted behind a checkpoint that had made more of them, the blocks before it.
    [Fact]
    public async Task Usage_BesideCheckpointsThatMakeTheCatalogLarger_RefersToTheSameBytes()
    {
        using var device = new MemoryDevice();
        var options = new DiskPoolOptions { BackgroundWork = false, SnapshotQuota = SnapshotQuota.Unlimited };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.WriteBlock(0, seed: 1);
        bool isDone = false;
        Task maker = Task.Run(async () =>
        {
            for (int i = 0; !Volatile.Read(ref isDone); i++)
            {
                await disk.Chain.CreateAsync($"s{i}", new SnapshotOptions { Description = new string('d', 250) });
                await pool.CheckpointAsync();
            }
        });
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < TimeSpan.FromSeconds(2))
        {
            Assert.Equal(disk.BlockSize.Bytes, (await pool.GetUsageAsync()).ReferencedBytes);
        }

        Volatile.Write(ref isDone, true);
        await maker;
    }

    /// <summary>The count of a disk's blocks is lost by a discard of more than is worth looking at, and found again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Usage_AfterADiscardOfMoreThanIsCounted_IsCountedAgain(bool reopen)
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"), SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 4L << 40);
        for (long i = 0; i < 700; i++)
        {
            disk.WriteBlock(i * 256, seed: i);
        }

        disk.WriteBlock((1L << 30) - 1, seed: 1); // or all would be gone, which is easily counted
        disk.Discard(0, 1L << 38); // by whole subtrees: 512 leaves of 256 blocks and more
        for (long i = 0; i < 10; i++)
        {
            disk.WriteBlock(i, seed: i);
        }

        Assert.False(test.Pool.Core.Catalog.Find("a")!.Volume.Head.IsCounted);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(1L << 28, seed: 1);
        if (reopen)
        {
            await test.ReopenAsync();
        }

        await AssertEqualAsync(test.Pool, await test.Pool.GetUsageAsync(), MapCensus.Of(test.Pool));
        Assert.True(test.Pool.Core.Catalog.Find("a")!.Volume.Head.IsCounted);
    }

    /// <summary>A discard beside the counting loses count again: what was counted then is of no use.</summary>
    [Fact]
    public async Task Usage_DiscardedWhileItIsCounted_IsCountedOnceMore()
    {
        using var medium = new MemoryDevice();
        await MakeTwoRegionsAsync(medium, disk => disk.WriteBlock((4 * Region) - 1, seed: 1));
        var device = new HookedDevice(medium);
        using DiskPool pool = await DiskPool.OpenAsync(device, s_quiet);
        using IDisk disk = pool.OpenDisk("a");
        disk.Discard(0, Region * Block);
        MapHead head = pool.Core.Catalog.Find("a")!.Volume.Head;
        Assert.False(head.IsCounted);
        long losses = head.CountsLost;
        device.Before = (call, name) =>
        {
            if (call == "read" && name.StartsWith("data-", StringComparison.Ordinal))
            {
                device.Before = static (_, _) => { };
                disk.Discard(Region * Block, Region * Block);
            }
        };

        Assert.Equal(Block, (await pool.GetUsageAsync()).Disks[0].ReferencedBytes);
        Assert.True(head.CountsLost >= losses + 3, "Two counts begun and one lost between them.");
    }

    /// <summary>A rollback beside the counting brings a state whose blocks are known: what was counted of the one before is not added to them.</summary>
    [Fact]
    public async Task Usage_RolledBackWhileItIsCounted_IsThatOfTheSnapshot()
    {
        using var medium = new MemoryDevice();
        await MakeTwoRegionsAsync(medium, disk =>
        {
            disk.WriteBlock(0, seed: 1);
            disk.Chain.CreateAsync("s1").GetAwaiter().GetResult();
        });
        var device = new HookedDevice(medium);
        using DiskPool pool = await DiskPool.OpenAsync(device, s_quiet);
        using IDisk disk = pool.OpenDisk("a");
        disk.Discard(0, Region * Block);
        MapHead head = pool.Core.Catalog.Find("a")!.Volume.Head;
        Assert.False(head.IsCounted);
        long losses = head.CountsLost;
        device.Before = (call, name) =>
        {
            if (call == "read" && name.StartsWith("data-", StringComparison.Ordinal) && head.CountsLost > losses) // a count has begun
            {
                device.Before = static (_, _) => { };
                disk.Chain.RollbackAsync("s1").GetAwaiter().GetResult();
            }
        };

        Assert.Equal(Block, (await pool.GetUsageAsync()).Disks[0].ReferencedBytes);
    }

    [Fact]
    public async Task Usage_WhileTheDiskIsWrittenAndDiscarded_IsExactWhenItIsQuiet()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 1L << 40);
        using var stop = new CancellationTokenSource();
        Task writer = Task.Run(
            () =>
            {
                var random = new Random(1);
                while (!stop.IsCancellationRequested)
                {
                    disk.WriteBlock(random.NextInt64(1 << 24), random.Next());
                    if (random.Next(500) == 0)
                    {
                        disk.Discard(random.NextInt64(1 << 8) << 28, 1L << 30);
                    }
                }
            },
            CancellationToken.None);
        for (int i = 0; i < 40; i++)
        {
            PoolUsage usage = await test.Pool.GetUsageAsync();
            Assert.InRange(usage.Disks[0].SharedBytes, 0, usage.Disks[0].ReferencedBytes);
            if (i == 20)
            {
                await disk.Chain.CreateAsync("s1");
            }
        }

        await stop.CancelAsync();
        await writer;
        await AssertEqualAsync(test.Pool, await test.Pool.GetUsageAsync(), MapCensus.Of(test.Pool));
    }

    [Fact]
    public async Task Usage_AskedAgain_CountsOnlyWhatMayHaveChanged()
    {
        const int Snapshots = 200;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"), SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", 16 << 20);
        for (int i = 0; i < Snapshots; i++)
        {
            disk.WriteBlock(i * 37 % 4096, seed: i);
            await disk.Chain.CreateAsync($"s{i}");
        }

        await disk.Chain.GetUsageAsync();
        Assert.Equal(0, Recounted());
        disk.WriteBlock(7, seed: 1); // concerns the newest alone
        Assert.Equal(1, Recounted());
        await disk.Chain.GetUsageAsync();
        await disk.Chain.CreateAsync("more"); // the new one alone: what the newest was still has what only it has
        Assert.Equal(1, Recounted());
        await disk.Chain.GetUsageAsync();
        await disk.Chain.DeleteAsync(["s100"]);
        Assert.Equal(Snapshots, Recounted());

        int Recounted()
        {
            ChainState chain = test.Pool.Core.Catalog.Find("a")!;
            return chain.Snapshots.Count(snapshot => !CapacityReport.IsKnown(test.Pool.Core, chain, snapshot));
        }
    }

    // After what is written first, 300 blocks in each of a disk's first two regions.
    private static async Task MakeTwoRegionsAsync(MemoryDevice medium, Action<IDisk> writeFirst)
    {
        using DiskPool pool = await DiskPool.CreateAsync(medium, s_quiet);
        using IDisk disk = await pool.CreateDiskAsync("a", 4 * Region * Block);
        writeFirst(disk);
        for (long i = 0; i < 600; i++)
        {
            disk.WriteBlock(((i % 2) * Region) + (i * 256), seed: i);
        }
    }

    private static async Task AssertEqualAsync(DiskPool pool, PoolUsage usage, MapCensus census)
    {
        Assert.Equal(census.TotalBytes(), usage.ReferencedBytes);
        Assert.Equal(census.States.Sum(state => census.ExclusiveBytes(state)), usage.ExclusiveBytes);
        Assert.Equal(pool.Core.Catalog.All.Count, usage.Disks.Count);
        foreach (DiskUsage disk in usage.Disks)
        {
            ChainState chain = pool.Core.Catalog.Find(disk.Id)!;
            MapHead head = chain.Volume.Head;
            Assert.Equal(BytesOf(census, head), disk.ReferencedBytes);
            Assert.Equal(census.ExclusiveBytes(head), disk.ExclusiveBytes);
            Assert.Equal(chain.Trash.Concat(chain.UndoPoints).Sum(state => census.ExclusiveBytes(state)), disk.KeptExclusiveBytes);
            var earlier = new HashSet<BlockId>();
            IReadOnlyList<SnapshotUsage> snapshots = await pool.OpenChain(disk.Id.ToString()).GetUsageAsync();
            Assert.Equal(chain.Snapshots.Select(state => state.Facts.Id), snapshots.Select(snapshot => snapshot.Snapshot.Id));
            foreach ((SnapshotState state, SnapshotUsage snapshot) in chain.Snapshots.Zip(snapshots))
            {
                Assert.Equal(BytesOf(census, state), snapshot.ReferencedBytes);
                Assert.Equal(census.ExclusiveBytes(state), snapshot.ExclusiveBytes);
                Assert.Equal(census.BlocksOf(state).Where(id => !earlier.Contains(id)).Sum(id => (long)id.Length), snapshot.StoredBytes);
                earlier.UnionWith(census.BlocksOf(state));
            }

            Assert.Equal(earlier.Sum(id => (long)id.Length), disk.SnapshotBytes);
            Assert.Equal(snapshots.Sum(snapshot => snapshot.ExclusiveBytes), disk.SnapshotExclusiveBytes);
            Assert.Equal(snapshots.Count, disk.SnapshotCount);
        }
    }

    private static long BytesOf(MapCensus census, IRootHolder state) => census.BlocksOf(state).Sum(id => (long)id.Length);
}
