namespace BlockSnap.Testing;

/// <content>What a published root and a crash do, calls from many threads, and calls after the end.</content>
public static partial class BlockStoreContract
{
    private static void Root_OfANewStore_IsEmpty(BlockStoreSubject subject) => Expect.True(subject.Store.Root.IsEmpty);

    private static void PublishRoot_AnyLength_IsTheRootAndOutlivesACrash(BlockStoreSubject subject)
    {
        foreach (int bytes in (int[])[0, 1, IBlockStore.RootBytesMax])
        {
            subject.Store.PublishRoot(Pattern.Bytes(7, 1));
            byte[] root = Pattern.Bytes(bytes, 2);
            subject.Store.PublishRoot(root);
            root.AsSpan().Clear(); // the caller's buffer is the caller's
            Expect.Bytes(Pattern.Bytes(bytes, 2), subject.Store.Root.Span);
            subject.Crash();
            Expect.Bytes(Pattern.Bytes(bytes, 2), subject.Store.Root.Span);
        }
    }

    private static void PublishRoot_TooLong_ThrowsAndPublishesNothing(BlockStoreSubject subject)
    {
        subject.Store.PublishRoot([1]);
        StoredBlock block = subject.Store.Put(new byte[512]);
        Expect.Throws<ArgumentException>(() => subject.Store.PublishRoot(new byte[IBlockStore.RootBytesMax + 1]));
        Expect.Bytes([1], subject.Store.Root.Span);
        subject.Crash();
        Expect.Equal(0, subject.Store.CountReferences(block.Id));
    }

    private static void Crash_BeforeTheFirstPublish_LeavesAnEmptyStore(BlockStoreSubject subject)
    {
        StoredBlock block = subject.Store.Put(new byte[512]);
        subject.Store.Flush();
        subject.Crash();
        Expect.True(subject.Store.Root.IsEmpty);
        Expect.Equal(0, subject.Store.StoredBytes);
        Expect.Throws<BlockNotFoundException>(() => subject.Store.Release(block.Id));
    }

    private static void Crash_AfterLaterChanges_LeavesExactlyThePublishedState(BlockStoreSubject subject) =>
        CrashAfterLaterChanges(subject, flush: false);

    private static void Crash_AfterLaterChangesThatWereFlushed_LeavesExactlyThePublishedState(BlockStoreSubject subject) =>
        CrashAfterLaterChanges(subject, flush: true);

    private static void CrashAfterLaterChanges(BlockStoreSubject subject, bool flush)
    {
        IBlockStore store = subject.Store;
        StoredBlock kept = store.Put(Pattern.Bytes(4096, 1));
        StoredBlock released = store.Put(Pattern.Bytes(512, 2));
        StoredBlock shared = store.Put(Pattern.Bytes(8192, 3));
        store.AddReference(shared.Id);
        store.PublishRoot([1, 2, 3]);

        store.AddReference(kept.Id);
        store.Release(released.Id);
        store.Release(shared.Id);
        StoredBlock unpublished = store.Put(Pattern.Bytes(16384, 4));
        if (flush)
        {
            store.Flush();
        }

        subject.Crash();
        store = subject.Store;
        Expect.Bytes([1, 2, 3], store.Root.Span);
        Expect.Equal(1, store.CountReferences(kept.Id));
        Expect.Equal(1, store.CountReferences(released.Id));
        Expect.Equal(2, store.CountReferences(shared.Id));
        Expect.Equal(0, store.CountReferences(unpublished.Id));
        Expect.Equal(4096 + 512 + 8192, store.StoredBytes);
        Expect.Bytes(Pattern.Bytes(4096, 1), Read(store, kept));
        Expect.Bytes(Pattern.Bytes(512, 2), Read(store, released));
        Expect.Bytes(Pattern.Bytes(8192, 3), Read(store, shared));
        Expect.Throws<BlockNotFoundException>(() => store.Release(unpublished.Id));

        StoredBlock next = store.Put(Pattern.Bytes(16384, 5));
        Expect.True(next.Id != unpublished.Id);
        store.PublishRoot([4]);
        subject.Crash();
        Expect.Bytes(Pattern.Bytes(16384, 5), Read(subject.Store, next));
        Expect.Bytes(Pattern.Bytes(4096, 1), Read(subject.Store, kept));
    }

    private static void Crash_ReleasedInAPublishedState_StaysReleased(BlockStoreSubject subject)
    {
        StoredBlock block = subject.Store.Put(Pattern.Bytes(4096, 1));
        subject.Store.PublishRoot([1]);
        subject.Store.Release(block.Id);
        subject.Store.PublishRoot([2]);
        subject.Crash();
        Expect.Equal(0, subject.Store.CountReferences(block.Id));
        Expect.Throws<BlockNotFoundException>(() => subject.Store.Release(block.Id));
    }

    private static void AllCalls_FromManyThreads_LoseNoCountAndNoBlock(BlockStoreSubject subject)
    {
        const int Threads = 4;
        const int Rounds = 200;
        IBlockStore store = subject.Store;
        StoredBlock shared = store.Put(Pattern.Bytes(512, 1));
        var kept = new List<(StoredBlock Block, long Seed)>[Threads];
        Task.WaitAll([.. Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            kept[thread] = [];
            for (int round = 0; round < Rounds; round++)
            {
                long seed = (thread * Rounds) + round;
                StoredBlock block = store.Put(Pattern.Bytes(512 << (round % 5), seed));
                store.AddReference(shared.Id);
                if (round % 3 == 0)
                {
                    store.Release(block.Id);
                }
                else
                {
                    kept[thread].Add((block, seed));
                }

                if (round % 50 == thread)
                {
                    store.PublishRoot([(byte)round]);
                }

                Expect.Bytes(Pattern.Bytes(512, 1), Read(store, shared));
            }
        }))]);

        Expect.Equal(1 + (Threads * Rounds), store.CountReferences(shared.Id));
        store.PublishRoot([7]);
        subject.Crash();
        Expect.Equal(1 + (Threads * Rounds), subject.Store.CountReferences(shared.Id));
        Expect.Equal(512 + kept.Sum(blocks => blocks.Sum(pair => (long)pair.Block.Id.Length)), subject.Store.StoredBytes);
        foreach ((StoredBlock block, long seed) in kept.SelectMany(blocks => blocks))
        {
            Expect.Bytes(Pattern.Bytes(block.Id.Length, seed), Read(subject.Store, block));
        }
    }

    private static void Disposed_EveryCall_ThrowsObjectDisposed(BlockStoreSubject subject)
    {
        IBlockStore store = subject.Store;
        StoredBlock block = store.Put(new byte[512]);
        store.PublishRoot([1]);
        store.Dispose();
        store.Dispose();
        Expect.Throws<ObjectDisposedException>(() => store.Put(new byte[512]));
        Expect.Throws<ObjectDisposedException>(() => Read(store, block));
        Expect.Throws<ObjectDisposedException>(() => store.AddReference(block.Id));
        Expect.Throws<ObjectDisposedException>(() => store.Release(block.Id));
        Expect.Throws<ObjectDisposedException>(() => store.CountReferences(block.Id));
        Expect.Throws<ObjectDisposedException>(() => _ = store.StoredBytes);
        Expect.Throws<ObjectDisposedException>(() => _ = store.Root);
        Expect.Throws<ObjectDisposedException>(store.Flush);
        Expect.Throws<ObjectDisposedException>(() => store.PublishRoot([]));
    }
}
