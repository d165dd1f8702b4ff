using BlockSnap.Storage;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>The contract on the log, and what only a store on a device can do. A class per device derives from it.</summary>
public abstract class LogBlockStoreTests : BlockStoreContractTests
{
    private const int SegmentBytes = 4 << 20;
    private const int Steps = 2000;

    private static readonly BlockStoreOptions s_options = new()
    {
        SegmentBytes = SegmentBytes,
        WriteBufferBytes = 2 << 20,
        CountsMemoryBytes = 1 << 20,
    };

    private readonly Lazy<IStorageDevice> _medium;
    private SeverableDevice? _device;

    protected LogBlockStoreTests() => _medium = new(CreateDevice);

    private LogBlockStore Inner => ((BlockStore)Store).Inner;

    [Fact]
    public void OpenOrCreate_StoreIsOpen_ThrowsInUse()
    {
        Store.PublishRoot([1]);
        Assert.Throws<PoolInUseException>(() => BlockStore.OpenOrCreate(_medium.Value));
        Store.Dispose();
        using BlockStore next = BlockStore.OpenOrCreate(_medium.Value);
        Assert.Equal([1], next.Root.ToArray());
    }

    [Fact]
    public async Task OpenOrCreate_PoolOnTheDevice_ThrowsAndLeavesItAsItWas()
    {
        using (DiskPool pool = await DiskPool.CreateAsync(_medium.Value, new DiskPoolOptions { BackgroundWork = false }))
        {
            (await pool.CreateDiskAsync("a", 1 << 20)).Write(0, Pattern.Bytes(4096, 1));
            await pool.FlushAsync();
            pool.Abandon();
        }

        Assert.Throws<PoolExistsException>(() => BlockStore.OpenOrCreate(_medium.Value));
        using DiskPool again = await DiskPool.OpenAsync(_medium.Value);
        byte[] data = new byte[4096];
        again.OpenDisk("a").Read(0, data);
        Assert.Equal(Pattern.Bytes(4096, 1), data);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task OpenPool_BlockStoreOnTheDevice_ThrowsAndLeavesItAsItWas(int rootBytes)
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        Store.PublishRoot(Pattern.Bytes(rootBytes, 2));
        Crash();
        Store.Dispose();
        await Assert.ThrowsAsync<PoolCorruptedException>(() => DiskPool.OpenAsync(_medium.Value));
        Crash();
        Assert.Equal(Pattern.Bytes(rootBytes, 2), Store.Root.ToArray());
        Assert.Equal(Pattern.Bytes(4096, 1), Read(block));
    }

    [Fact]
    public void OpenOrCreate_OtherFilesOnTheDevice_Throws()
    {
        _medium.Value.Open("letter", DeviceFileMode.CreateNew).Dispose();
        Assert.Throws<PoolExistsException>(() => BlockStore.OpenOrCreate(_medium.Value));
        Assert.Equal(["letter"], _medium.Value.List());
        _medium.Value.AcquireOwnership().Dispose();
    }

    [Fact]
    public void Dispose_Unpublished_IsAsACrash()
    {
        StoredBlock block = Store.Put(new byte[512]);
        Store.PublishRoot([1]);
        Store.Release(block.Id);
        Store.Dispose();
        Crash();
        Assert.Equal(1, Store.CountReferences(block.Id));
    }

    [Fact]
    public void Put_MoreThanTheBufferHolds_ReachesTheDeviceByItself()
    {
        for (int i = 0; i < 40; i++)
        {
            Store.Put(Pattern.Bytes(256 << 10, i));
            Assert.True(Inner.Log.PendingBytes <= 2 << 20);
        }

        Assert.True(_device!.WrittenBytes > 8 << 20);
    }

    [Fact]
    public void Put_CapacityFull_ThrowsAndReleasedSpaceComesBackWithThePublication()
    {
        Store.Dispose();
        using var device = new MemoryDevice();
        var options = new BlockStoreOptions { SegmentBytes = SegmentBytes, CapacityBytes = 16 * SegmentBytes };
        using BlockStore store = BlockStore.OpenOrCreate(device, options);
        for (int round = 0; round < 3; round++)
        {
            var blocks = new List<StoredBlock>();
            Assert.Throws<PoolFullException>(() =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    blocks.Add(store.Put(Pattern.Bytes(1 << 20, i)));
                }
            });
            Assert.InRange(blocks.Count, 30, 64);
            Assert.Equal((long)blocks.Count << 20, store.StoredBytes);
            store.PublishRoot([1]);
            blocks.ForEach(block => store.Release(block.Id));
            store.PublishRoot([2]);
        }
    }

    [Fact]
    public void CompactOnce_SparseSegments_KeepsEveryReadAcrossCrashes()
    {
        var kept = new List<(StoredBlock Block, int Seed)>();
        for (int i = 0; i < 400; i++)
        {
            StoredBlock block = Store.Put(Pattern.Bytes(512 << (i % 8), i));
            if (i % 5 == 0)
            {
                kept.Add((block, i));
            }
            else
            {
                Store.Release(block.Id);
            }
        }

        Store.Put(new byte[1 << 20]);
        Store.PublishRoot([1]);
        Crash();
        long before = Inner.GetUsage().DeadBytes;
        Assert.True(Inner.CompactOnce(0.02, 0, TestContext.Current.CancellationToken));
        AssertReads(kept);
        Crash(); // not published: the old places are the valid ones
        AssertReads(kept);
        Assert.True(Inner.CompactOnce(0.02, 0, TestContext.Current.CancellationToken));
        Store.PublishRoot([2]);
        AssertReads(kept);
        Crash();
        AssertReads(kept);
        Assert.True(Inner.GetUsage().DeadBytes < before / 2);
    }

    [Fact]
    public void PublishRoot_MostIsDead_CompactsByItself()
    {
        for (int i = 0; i < 40; i++)
        {
            for (int part = 0; part < 4; part++)
            {
                StoredBlock block = Store.Put(Pattern.Bytes(256 << 10, i));
                if (part > 0)
                {
                    Store.Release(block.Id);
                }
            }
        }

        Store.PublishRoot([1]);
        Store.PublishRoot([2]);
        StoreUsage usage = Inner.GetUsage();
        Assert.Equal(10 << 20, usage.LiveBytes);
        Assert.InRange(usage.DeadBytes, 0, (usage.LiveBytes / 5) + (2 * SegmentBytes));
    }

    [Fact]
    public void PublishRoot_DeviceFails_NothingIsPublishedAndNothingMoreIsTaken()
    {
        StoredBlock block = Store.Put(new byte[512]);
        Store.PublishRoot([1]);
        _device!.Sever();
        Store.Release(block.Id);
        Assert.Throws<PoolFaultedException>(() => Store.PublishRoot([2]));
        Assert.Throws<PoolFaultedException>(() => Store.Put(new byte[512]));
        Assert.Throws<PoolFaultedException>(() => Store.AddReference(block.Id));
        Crash();
        Assert.Equal([1], Store.Root.ToArray());
        Assert.Equal(1, Store.CountReferences(block.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RandomHistory_BesideTheModel_BothAnswerAlike(int seed)
    {
        var history = new BlockStoreHistory(seed, new MemoryBlockStore(), () => Store, Crash, () => Inner);
        for (int step = 0; step < Steps; step++)
        {
            history.Step();
        }

        history.CompareAll();
        Assert.True(history.IsVaried, "A kind of step was hardly ever taken, so the history shows nothing about it: " + history.Taken);
    }

    protected abstract IStorageDevice CreateDevice();

    protected override IBlockStore Create() => Open();

    protected override IBlockStore Crash(IBlockStore store)
    {
        _device!.Sever();
        store.Dispose();
        return Open();
    }

    protected override void CleanUp()
    {
        if (_medium.IsValueCreated)
        {
            _medium.Value.Dispose();
        }
    }

    private BlockStore Open() => BlockStore.OpenOrCreate(_device = new SeverableDevice(_medium.Value), s_options);

    private void AssertReads(List<(StoredBlock Block, int Seed)> kept) =>
        Assert.All(kept, pair => Assert.Equal(Pattern.Bytes(pair.Block.Id.Length, pair.Seed), Read(pair.Block)));
}
