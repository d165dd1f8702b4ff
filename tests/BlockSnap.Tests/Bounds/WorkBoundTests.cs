using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Storage;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Bounds;

/// <summary>What work and memory must not grow with.</summary>
public sealed class WorkBoundTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Diff_TenTimesTheDiskSameChange_VisitsAsManyNodes()
    {
        long small = await NodesVisitedAsync(10 << 20);
        long large = await NodesVisitedAsync(100 << 20);
        output.WriteLine($"{small} and {large} nodes");
        Assert.True(large <= 1.5 * small, $"{small} nodes on a disk of 10 MiB, {large} on one of 100 MiB");
    }

    [Fact]
    public async Task SnapshotRollbackClone_WhateverTheDisk_AppendAFewPages()
    {
        foreach (int mebibytes in new[] { 1, 64 })
        {
            using DiskPool pool = CrashChoice.Create(new CrashableDevice(), 1 << 20);
            IDisk disk = await FillAsync(pool, mebibytes << 20);
            await pool.CheckpointAsync();
            await AssertAppendsFewAsync(disk, () => disk.Chain.CreateAsync("s1"));
            await AssertAppendsFewAsync(disk, () => disk.Chain.RollbackAsync("s1"));
            await AssertAppendsFewAsync(disk, () => disk.Chain.CloneAsync("s1", "clone"));
        }
    }

    [Fact]
    public async Task Checkpoint_OfAThousandSnapshots_LooksAtThoseThatChanged()
    {
        using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice(), new DiskPoolOptions { BackgroundWork = false, SnapshotQuota = SnapshotQuota.Unlimited });
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int i = 0; i < 1000; i++)
        {
            await disk.Chain.CreateAsync($"s{i}");
        }

        await pool.CheckpointAsync();
        long before = pool.Core.CatalogEncoded;
        long visitedBefore = pool.Core.CatalogVisited;
        disk.Write(0, Pattern.Bytes(4096, 1));
        await disk.Chain.CreateAsync("last");
        await disk.Chain.HoldAsync("s500", "hold");
        await pool.CheckpointAsync();
        long encoded = pool.Core.CatalogEncoded - before;
        long visited = pool.Core.CatalogVisited - visitedBefore;
        output.WriteLine($"{visited} of 1,002 visited, {encoded} encoded");
        Assert.InRange(encoded, 3, 20);
        Assert.InRange(visited, encoded, 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Delete_OfASnapshotOfManyUnwrittenNodes_HoldsTheGateForNoneOfThem(int mebibytes)
    {
        using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice(), new DiskPoolOptions { BackgroundWork = false });
        IDisk disk = await FillAsync(pool, mebibytes << 20);
        await disk.Chain.CreateAsync("s1");
        byte[] chunk = Pattern.Bytes(1 << 20, 2);
        for (int offset = 0; offset < disk.Size; offset += chunk.Length)
        {
            disk.Write(offset, chunk); // of the snapshot's own nodes none has been written yet
        }

        ReferenceQueue queue = pool.Core.Store.Ledger.Queue;
        await disk.Chain.DeleteAsync(["s1"]);
        output.WriteLine($"{queue.Length} changes queued by the deletion itself");
        Assert.InRange(queue.Length, 0, 16);
        await pool.CheckpointAsync();
        Assert.InRange(pool.Core.Store.GetUsage().LiveBytes, disk.Size, disk.Size + (disk.Size / 64));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AlignedReadsAndWrites_InTheSteadyState_AllocateNothing(bool background)
    {
        var options = new DiskPoolOptions { BackgroundWork = background, SnapshotQuota = SnapshotQuota.Unlimited };
        using var directory = new TempDirectory(); // a device in memory would allocate what it stores
        using DiskPool pool = await DiskPool.CreateAsync(directory["pool"], options);
        IDisk disk = await pool.CreateDiskAsync("a", 64 << 20);
        (double writes, double reads) = Measure(disk);
        output.WriteLine($"bytes allocated per aligned write {writes:F1}, per aligned read {reads:F1}");
        Assert.True(reads < 1, $"{reads} bytes per read");
        Assert.True(writes < 24, $"{writes} bytes per write"); // 8-byte words of the reference queue, about two a write
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ScatteredWrites_KeepVolatileNodesBounded(bool background)
    {
        var options = new DiskPoolOptions { BackgroundWork = background, CacheBytes = 1 << 20, WriteBufferBytes = 2 << 20 };
        using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice(), options);
        IDisk disk = await pool.CreateDiskAsync("a", 1L << 44);
        NodeCache cache = ((DiskBase)disk).Engine.Map.Cache;
        var random = new Random(1);
        int most = 0;
        for (int i = 0; i < 8_000; i++)
        {
            disk.WriteBlock(random.NextInt64(1L << 32), i);
            most = Math.Max(most, cache.VolatileCount);
        }

        output.WriteLine($"at most {most} volatile nodes, {cache.VolatileMax} make a checkpoint due");
        Assert.True(most <= (cache.VolatileMax * 1.5) + 32, $"{most} volatile nodes, {cache.VolatileMax} make a checkpoint due");
    }

    private static (double Writes, double Reads) Measure(IDisk disk)
    {
        const int Operations = 4096;
        byte[] block = Pattern.Bytes(4096, 1);
        double writes = double.MaxValue; // the least of several rounds: now and then a file is opened, or the runtime takes memory for itself
        double reads = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                disk.Write(i * 4096L, block);
            }

            writes = Math.Min(writes, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Operations);
            disk.Flush();
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                disk.Read(i * 4096L, block);
            }

            reads = Math.Min(reads, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Operations);
        }

        return (writes, reads);
    }

    private static async Task<IDisk> FillAsync(DiskPool pool, int bytes)
    {
        IDisk disk = await pool.CreateDiskAsync("a", bytes);
        byte[] chunk = Pattern.Bytes(1 << 20, 1);
        for (int offset = 0; offset < bytes; offset += chunk.Length)
        {
            disk.Write(offset, chunk);
        }

        return disk;
    }

    private static async Task<long> NodesVisitedAsync(int bytes)
    {
        using DiskPool pool = CrashChoice.Create(new CrashableDevice(), 1 << 20);
        IDisk disk = await FillAsync(pool, bytes);
        await disk.Chain.CreateAsync("before");
        for (int i = 0; i < 20; i++)
        {
            disk.WriteBlock((bytes / 4096 / 4 * (i / 5)) + (i % 5), i); // in four places, spread over the whole disk
        }

        await disk.Chain.CreateAsync("after");
        await pool.CheckpointAsync();
        using IDisk before = disk.Chain.Open("before");
        using IDisk after = disk.Chain.Open("after");
        var diff = new MapDiff(((DiskBase)disk).Engine.Reader);
        using PinnedRoot from = ((DiskBase)before).Pin();
        using PinnedRoot to = ((DiskBase)after).Pin();
        Assert.Equal(20, diff.Compare(from, to).Sum(run => run.Count));
        return diff.NodesVisited;
    }

    private static async Task AssertAppendsFewAsync(IDisk disk, Func<Task> operation)
    {
        LogBytes log = new(((DiskBase)disk).Engine);
        await operation();
        Assert.InRange(log.Appended, 1, 16 << 10);
    }

    private readonly struct LogBytes(BlockEngine engine)
    {
        private readonly long _before = engine.Store.Log.AppendedBytes;

        public long Appended => engine.Store.Log.AppendedBytes - _before;
    }
}
