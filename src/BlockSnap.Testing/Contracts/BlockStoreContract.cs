using System.Runtime.CompilerServices;

namespace BlockSnap.Testing;

/// <summary>
/// What every <see cref="IBlockStore"/> must do, rule by rule: blocks, their references, and the limits of both. Thread-safe: rules share
/// nothing.
/// </summary>
public static partial class BlockStoreContract
{
    // A valid name of a block that no store in these rules ever had: slot 99 of segment 99, 4 KiB.
    private static readonly BlockId s_unknown = new((99UL << 24) | (99 << 4) | 3);

    /// <summary>The rules, in no order that matters.</summary>
    public static IReadOnlyList<ContractRule<BlockStoreSubject>> Rules { get; } =
    [
        Rule(Put_AnyBlockSize_ReadsBackBeforeAndAfterPublishing),
        Rule(Put_LengthThatIsNoBlockSize_ThrowsAndStoresNothing),
        Rule(Put_CallersBufferChangesAfterwards_BlockDoesNot),
        Rule(Put_EqualBytes_AreTwoBlocks),
        Rule(Put_AfterReleaseAndPublish_NeverGivesANameAgain),
        Rule(Read_DestinationOfOtherLength_Throws),
        Rule(Read_OtherChecksum_ThrowsCorrupted),
        Rule(Read_BlockThatNeverWas_ThrowsNotFound),
        Rule(Release_OneOfThreeReferences_BlockStays),
        Rule(Release_LastReference_EveryLaterChangeThrowsAndChangesNothing),
        Rule(References_OfBlockThatNeverWas_AreNoneAndCannotChange),
        Rule(StoredBytes_CountsEachReferencedBlockOnce),
        Rule(Root_OfANewStore_IsEmpty),
        Rule(PublishRoot_AnyLength_IsTheRootAndOutlivesACrash),
        Rule(PublishRoot_TooLong_ThrowsAndPublishesNothing),
        Rule(Crash_BeforeTheFirstPublish_LeavesAnEmptyStore),
        Rule(Crash_AfterLaterChanges_LeavesExactlyThePublishedState),
        Rule(Crash_AfterLaterChangesThatWereFlushed_LeavesExactlyThePublishedState),
        Rule(Crash_ReleasedInAPublishedState_StaysReleased),
        Rule(AllCalls_FromManyThreads_LoseNoCountAndNoBlock),
        Rule(Disposed_EveryCall_ThrowsObjectDisposed),
    ];

    private static ContractRule<BlockStoreSubject> Rule(
        Action<BlockStoreSubject> check, [CallerArgumentExpression(nameof(check))] string name = "") => new(name, check);

    private static void Put_AnyBlockSize_ReadsBackBeforeAndAfterPublishing(BlockStoreSubject subject)
    {
        IBlockStore store = subject.Store;
        foreach (int bytes in (int[])[512, 1024, 4096, 64 << 10, 1 << 20])
        {
            byte[] data = Pattern.Bytes(bytes, 1);
            StoredBlock block = store.Put(data);
            Expect.Equal(bytes, block.Id.Length);
            Expect.Equal(BlockChecksum.Compute(data), block.Checksum);
            Expect.Equal(1, store.CountReferences(block.Id));
            Expect.Bytes(data, Read(store, block));
            store.Flush();
            Expect.Bytes(data, Read(store, block));
            store.PublishRoot([]);
            Expect.Bytes(data, Read(store, block));
        }
    }

    private static void Put_LengthThatIsNoBlockSize_ThrowsAndStoresNothing(BlockStoreSubject subject)
    {
        foreach (int bytes in (int[])[0, 1, 256, 513, 3 * 512, 2 << 20])
        {
            Expect.Throws<ArgumentOutOfRangeException>(() => subject.Store.Put(new byte[bytes]), $"putting {bytes} bytes");
            Expect.Equal(0, subject.Store.StoredBytes);
        }
    }

    private static void Put_CallersBufferChangesAfterwards_BlockDoesNot(BlockStoreSubject subject)
    {
        byte[] data = Pattern.Bytes(4096, 1);
        StoredBlock block = subject.Store.Put(data);
        data[0] ^= 0xFF;
        Expect.Bytes(Pattern.Bytes(4096, 1), Read(subject.Store, block));
    }

    private static void Put_EqualBytes_AreTwoBlocks(BlockStoreSubject subject)
    {
        StoredBlock first = subject.Store.Put(new byte[512]);
        StoredBlock second = subject.Store.Put(new byte[512]);
        Expect.True(first.Id != second.Id);
        subject.Store.Release(first.Id);
        Expect.Equal(1, subject.Store.CountReferences(second.Id));
    }

    private static void Put_AfterReleaseAndPublish_NeverGivesANameAgain(BlockStoreSubject subject)
    {
        var names = new HashSet<BlockId>();
        for (int round = 0; round < 20; round++)
        {
            StoredBlock block = subject.Store.Put(Pattern.Bytes(512, round));
            Expect.True(names.Add(block.Id));
            subject.Store.Release(block.Id);
            subject.Store.PublishRoot([]);
        }
    }

    private static void Read_DestinationOfOtherLength_Throws(BlockStoreSubject subject)
    {
        StoredBlock block = subject.Store.Put(Pattern.Bytes(4096, 1));
        foreach (int bytes in (int[])[0, 512, 8192])
        {
            Expect.Throws<ArgumentException>(() => subject.Store.Read(block.Id, block.Checksum, new byte[bytes]), $"reading into {bytes} bytes");
        }
    }

    private static void Read_OtherChecksum_ThrowsCorrupted(BlockStoreSubject subject)
    {
        StoredBlock block = subject.Store.Put(Pattern.Bytes(4096, 1));
        for (int round = 0; round < 2; round++)
        {
            BlockCorruptedException e = Expect.Throws<BlockCorruptedException>(
                () => subject.Store.Read(block.Id, block.Checksum ^ 1, new byte[4096]));
            Expect.Equal(block.Checksum ^ 1, e.Expected);
            Expect.Equal(block.Checksum, e.Actual);
            subject.Store.Flush(); // so that the second round reads from the device
        }
    }

    private static void Read_BlockThatNeverWas_ThrowsNotFound(BlockStoreSubject subject)
    {
        Expect.Equal(s_unknown, Expect.Throws<BlockNotFoundException>(() => subject.Store.Read(s_unknown, 0, new byte[s_unknown.Length])).Id);
        Expect.Throws<BlockNotFoundException>(() => subject.Store.Read(default, 0, new byte[512]));
    }

    private static void Release_OneOfThreeReferences_BlockStays(BlockStoreSubject subject)
    {
        StoredBlock block = subject.Store.Put(Pattern.Bytes(4096, 1));
        subject.Store.AddReference(block.Id);
        subject.Store.AddReference(block.Id);
        Expect.Equal(3, subject.Store.CountReferences(block.Id));
        subject.Store.Release(block.Id);
        subject.Store.Release(block.Id);
        Expect.Equal(1, subject.Store.CountReferences(block.Id));
        subject.Store.PublishRoot([]);
        Expect.Bytes(Pattern.Bytes(4096, 1), Read(subject.Store, block));
    }

    private static void Release_LastReference_EveryLaterChangeThrowsAndChangesNothing(BlockStoreSubject subject)
    {
        IBlockStore store = subject.Store;
        StoredBlock gone = store.Put(Pattern.Bytes(4096, 1));
        StoredBlock other = store.Put(Pattern.Bytes(512, 2));
        store.Release(gone.Id);
        Expect.Equal(0, store.CountReferences(gone.Id));
        Expect.Equal(gone.Id, Expect.Throws<BlockNotFoundException>(() => store.Release(gone.Id)).Id);
        Expect.Throws<BlockNotFoundException>(() => store.AddReference(gone.Id));
        Expect.Equal(0, store.CountReferences(gone.Id));
        Expect.Equal(512, store.StoredBytes);
        store.PublishRoot([]);
        Expect.Throws<BlockNotFoundException>(() => store.Release(gone.Id));
        Expect.Bytes(Pattern.Bytes(512, 2), Read(store, other));
    }

    private static void References_OfBlockThatNeverWas_AreNoneAndCannotChange(BlockStoreSubject subject)
    {
        foreach (BlockId id in (BlockId[])[s_unknown, default])
        {
            Expect.Equal(0, subject.Store.CountReferences(id));
            Expect.Throws<BlockNotFoundException>(() => subject.Store.AddReference(id));
            Expect.Throws<BlockNotFoundException>(() => subject.Store.Release(id));
        }

        Expect.Equal(0, subject.Store.StoredBytes);
    }

    private static void StoredBytes_CountsEachReferencedBlockOnce(BlockStoreSubject subject)
    {
        IBlockStore store = subject.Store;
        Expect.Equal(0, store.StoredBytes);
        StoredBlock small = store.Put(new byte[512]);
        StoredBlock large = store.Put(new byte[1 << 20]);
        store.AddReference(large.Id);
        Expect.Equal(512 + (1 << 20), store.StoredBytes);
        store.Release(small.Id);
        store.Release(large.Id);
        Expect.Equal(1 << 20, store.StoredBytes);
        store.Release(large.Id);
        Expect.Equal(0, store.StoredBytes);
    }

    private static byte[] Read(IBlockStore store, StoredBlock block)
    {
        byte[] data = new byte[block.Id.Length];
        store.Read(block.Id, block.Checksum, data);
        return data;
    }
}
