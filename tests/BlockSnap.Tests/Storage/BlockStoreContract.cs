namespace BlockSnap.Tests.Storage;

/// <summary>What every <see cref="IBlockStore"/> must do. A class per implementation derives from it.</summary>
public abstract class BlockStoreContract : IDisposable
{
    // Lazy: the derived class is not built yet when this one is.
    private readonly Lazy<IBlockStore> _first;
    private IBlockStore? _reopened;

    protected BlockStoreContract() => _first = new(Create);

    /// <summary>The store under test, empty at first.</summary>
    protected IBlockStore Store => _reopened ?? _first.Value;

    public void Dispose()
    {
        if (_first.IsValueCreated)
        {
            Store.Dispose();
        }

        CleanUp();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(64 << 10)]
    [InlineData(1 << 20)]
    public void Put_AnyBlockSize_ReadsBackBeforeAndAfterPublishing(int bytes)
    {
        byte[] data = Pattern.Bytes(bytes, 1);
        StoredBlock block = Store.Put(data);
        Assert.Equal(bytes, block.Id.Length);
        Assert.Equal(BlockChecksum.Compute(data), block.Checksum);
        Assert.Equal(1, Store.CountReferences(block.Id));
        Assert.Equal(data, Read(block));
        Store.Flush();
        Assert.Equal(data, Read(block));
        Store.PublishRoot([]);
        Assert.Equal(data, Read(block));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(513)]
    [InlineData(3 * 512)]
    [InlineData(2 << 20)]
    public void Put_LengthThatIsNoBlockSize_ThrowsAndStoresNothing(int bytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Store.Put(new byte[bytes]));
        Assert.Equal(0, Store.StoredBytes);
    }

    [Fact]
    public void Put_CallersBufferChangesAfterwards_BlockDoesNot()
    {
        byte[] data = Pattern.Bytes(4096, 1);
        StoredBlock block = Store.Put(data);
        data[0] ^= 0xFF;
        Assert.Equal(Pattern.Bytes(4096, 1), Read(block));
    }

    [Fact]
    public void Put_EqualBytes_AreTwoBlocks()
    {
        StoredBlock first = Store.Put(new byte[512]);
        StoredBlock second = Store.Put(new byte[512]);
        Assert.NotEqual(first.Id, second.Id);
        Store.Release(first.Id);
        Assert.Equal(1, Store.CountReferences(second.Id));
    }

    [Fact]
    public void Put_AfterReleaseAndPublish_NeverGivesANameAgain()
    {
        var names = new HashSet<BlockId>();
        for (int round = 0; round < 20; round++)
        {
            StoredBlock block = Store.Put(Pattern.Bytes(512, round));
            Assert.True(names.Add(block.Id));
            Store.Release(block.Id);
            Store.PublishRoot([]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(8192)]
    public void Read_DestinationOfOtherLength_Throws(int bytes)
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        Assert.Throws<ArgumentException>(() => Store.Read(block.Id, block.Checksum, new byte[bytes]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_OtherChecksum_ThrowsCorrupted(bool flushed)
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        if (flushed)
        {
            Store.Flush();
        }

        var e = Assert.Throws<BlockCorruptedException>(() => Store.Read(block.Id, block.Checksum ^ 1, new byte[4096]));
        Assert.Equal(block.Checksum ^ 1, e.Expected);
        Assert.Equal(block.Checksum, e.Actual);
    }

    [Fact]
    public void Read_BlockThatNeverWas_ThrowsNotFound()
    {
        BlockId unknown = Unknown();
        Assert.Equal(unknown, Assert.Throws<BlockNotFoundException>(() => Store.Read(unknown, 0, new byte[unknown.Length])).Id);
        Assert.Throws<BlockNotFoundException>(() => Store.Read(default, 0, new byte[512]));
    }

    [Fact]
    public void Release_OneOfThreeReferences_BlockStays()
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        Store.AddReference(block.Id);
        Store.AddReference(block.Id);
        Assert.Equal(3, Store.CountReferences(block.Id));
        Store.Release(block.Id);
        Store.Release(block.Id);
        Assert.Equal(1, Store.CountReferences(block.Id));
        Store.PublishRoot([]);
        Assert.Equal(Pattern.Bytes(4096, 1), Read(block));
    }

    [Fact]
    public void Release_LastReference_EveryLaterChangeThrowsAndChangesNothing()
    {
        StoredBlock gone = Store.Put(Pattern.Bytes(4096, 1));
        StoredBlock other = Store.Put(Pattern.Bytes(512, 2));
        Store.Release(gone.Id);
        Assert.Equal(0, Store.CountReferences(gone.Id));
        Assert.Equal(gone.Id, Assert.Throws<BlockNotFoundException>(() => Store.Release(gone.Id)).Id);
        Assert.Throws<BlockNotFoundException>(() => Store.AddReference(gone.Id));
        Assert.Equal(0, Store.CountReferences(gone.Id));
        Assert.Equal(512, Store.StoredBytes);
        Store.PublishRoot([]);
        Assert.Throws<BlockNotFoundException>(() => Store.Release(gone.Id));
        Assert.Equal(Pattern.Bytes(512, 2), Read(other));
    }

    [Fact]
    public void References_OfBlockThatNeverWas_AreNoneAndCannotChange()
    {
        foreach (BlockId id in new[] { Unknown(), default })
        {
            Assert.Equal(0, Store.CountReferences(id));
            Assert.Throws<BlockNotFoundException>(() => Store.AddReference(id));
            Assert.Throws<BlockNotFoundException>(() => Store.Release(id));
        }

        Assert.Equal(0, Store.StoredBytes);
    }

    [Fact]
    public void References_OfMapNodesName_AreNone()
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        var node = new BlockId(block.Id.Segment, block.Id.Slot, BlockId.NodeClass);
        Assert.Throws<BlockNotFoundException>(() => Store.Release(node));
        Assert.Equal(1, Store.CountReferences(block.Id));
    }

    [Fact]
    public void StoredBytes_CountsEachReferencedBlockOnce()
    {
        Assert.Equal(0, Store.StoredBytes);
        StoredBlock small = Store.Put(new byte[512]);
        StoredBlock large = Store.Put(new byte[1 << 20]);
        Store.AddReference(large.Id);
        Assert.Equal(512 + (1 << 20), Store.StoredBytes);
        Store.Release(small.Id);
        Store.Release(large.Id);
        Assert.Equal(1 << 20, Store.StoredBytes);
        Store.Release(large.Id);
        Assert.Equal(0, Store.StoredBytes);
    }

    [Fact]
    public void Root_OfNewStore_IsEmpty() => Assert.True(Store.Root.IsEmpty);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(IBlockStore.RootBytesMax)]
    public void PublishRoot_AnyLength_IsTheRootAndOutlivesACrash(int bytes)
    {
        Store.PublishRoot(Pattern.Bytes(7, 1));
        byte[] root = Pattern.Bytes(bytes, 2);
        Store.PublishRoot(root);
        root.AsSpan().Clear();
        Assert.Equal(Pattern.Bytes(bytes, 2), Store.Root.ToArray());
        Crash();
        Assert.Equal(Pattern.Bytes(bytes, 2), Store.Root.ToArray());
    }

    [Fact]
    public void PublishRoot_TooLong_ThrowsAndPublishesNothing()
    {
        Store.PublishRoot([1]);
        StoredBlock block = Store.Put(new byte[512]);
        Assert.Throws<ArgumentException>(() => Store.PublishRoot(new byte[IBlockStore.RootBytesMax + 1]));
        Assert.Equal([1], Store.Root.ToArray());
        Crash();
        Assert.Equal(0, Store.CountReferences(block.Id));
    }

    [Fact]
    public void Crash_BeforeTheFirstPublish_LeavesAnEmptyStore()
    {
        StoredBlock block = Store.Put(new byte[512]);
        Store.Flush();
        Crash();
        Assert.True(Store.Root.IsEmpty);
        Assert.Equal(0, Store.StoredBytes);
        Assert.Throws<BlockNotFoundException>(() => Store.Release(block.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Crash_AfterLaterChanges_LeavesExactlyThePublishedState(bool flushed)
    {
        StoredBlock kept = Store.Put(Pattern.Bytes(4096, 1));
        StoredBlock released = Store.Put(Pattern.Bytes(512, 2));
        StoredBlock shared = Store.Put(Pattern.Bytes(8192, 3));
        Store.AddReference(shared.Id);
        Store.PublishRoot([1, 2, 3]);

        Store.AddReference(kept.Id);
        Store.Release(released.Id);
        Store.Release(shared.Id);
        StoredBlock unpublished = Store.Put(Pattern.Bytes(16384, 4));
        if (flushed)
        {
            Store.Flush();
        }

        Crash();
        Assert.Equal([1, 2, 3], Store.Root.ToArray());
        Assert.Equal([1L, 1, 2, 0], new[] { kept, released, shared, unpublished }.Select(block => Store.CountReferences(block.Id)));
        Assert.Equal(4096 + 512 + 8192, Store.StoredBytes);
        Assert.Equal(Pattern.Bytes(4096, 1), Read(kept));
        Assert.Equal(Pattern.Bytes(512, 2), Read(released));
        Assert.Equal(Pattern.Bytes(8192, 3), Read(shared));
        Assert.Throws<BlockNotFoundException>(() => Store.Release(unpublished.Id));

        StoredBlock next = Store.Put(Pattern.Bytes(16384, 5));
        Assert.NotEqual(unpublished.Id, next.Id);
        Store.PublishRoot([4]);
        Crash();
        Assert.Equal(Pattern.Bytes(16384, 5), Read(next));
        Assert.Equal(Pattern.Bytes(4096, 1), Read(kept));
    }

    [Fact]
    public void Crash_ReleasedInAPublishedState_StaysReleased()
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        Store.PublishRoot([1]);
        Store.Release(block.Id);
        Store.PublishRoot([2]);
        Crash();
        Assert.Equal(0, Store.CountReferences(block.Id));
        Assert.Throws<BlockNotFoundException>(() => Store.Release(block.Id));
    }

    [Fact]
    public async Task AllCalls_FromManyThreads_LoseNoCountAndNoBlock()
    {
        const int Threads = 4;
        const int Rounds = 200;
        StoredBlock shared = Store.Put(Pattern.Bytes(512, 1));
        var kept = new List<(StoredBlock Block, long Seed)>[Threads];
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            kept[thread] = [];
            for (int round = 0; round < Rounds; round++)
            {
                long seed = (thread * Rounds) + round;
                StoredBlock block = Store.Put(Pattern.Bytes(512 << (round % 5), seed));
                Store.AddReference(shared.Id);
                if (round % 3 == 0)
                {
                    Store.Release(block.Id);
                }
                else
                {
                    kept[thread].Add((block, seed));
                }

                if (round % 50 == thread)
                {
                    Store.PublishRoot([(byte)round]);
                }

                Assert.Equal(Pattern.Bytes(512, 1), Read(shared));
            }
        })));

        Assert.Equal(1 + (Threads * Rounds), Store.CountReferences(shared.Id));
        Store.PublishRoot([7]);
        Crash();
        Assert.Equal(1 + (Threads * Rounds), Store.CountReferences(shared.Id));
        Assert.Equal(512 + kept.Sum(blocks => blocks.Sum(pair => (long)pair.Block.Id.Length)), Store.StoredBytes);
        Assert.All(kept.SelectMany(blocks => blocks), pair => Assert.Equal(Pattern.Bytes(pair.Block.Id.Length, pair.Seed), Read(pair.Block)));
    }

    [Fact]
    public void Disposed_EveryCall_ThrowsObjectDisposed()
    {
        StoredBlock block = Store.Put(new byte[512]);
        Store.PublishRoot([1]);
        Store.Dispose();
        Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Store.Put(new byte[512]));
        Assert.Throws<ObjectDisposedException>(() => Read(block));
        Assert.Throws<ObjectDisposedException>(() => Store.AddReference(block.Id));
        Assert.Throws<ObjectDisposedException>(() => Store.Release(block.Id));
        Assert.Throws<ObjectDisposedException>(() => Store.CountReferences(block.Id));
        Assert.Throws<ObjectDisposedException>(() => Store.StoredBytes);
        Assert.Throws<ObjectDisposedException>(() => Store.Root);
        Assert.Throws<ObjectDisposedException>(Store.Flush);
        Assert.Throws<ObjectDisposedException>(() => Store.PublishRoot([]));
    }

    /// <summary>Kills the store as the end of its process would, and opens it again.</summary>
    protected void Crash() => _reopened = Crash(Store);

    /// <summary>Reads a whole block.</summary>
    protected byte[] Read(StoredBlock block)
    {
        byte[] data = new byte[block.Id.Length];
        Store.Read(block.Id, block.Checksum, data);
        return data;
    }

    protected abstract IBlockStore Create();

    /// <summary>What is there after a crash of a store; it may be the same object.</summary>
    protected abstract IBlockStore Crash(IBlockStore store);

    protected virtual void CleanUp()
    {
    }

    // A name as the store gives them, but of a block that it never had.
    private static BlockId Unknown() => new(99, 99, 3);
}
