using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Items;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Pools;

/// <summary>
/// The open pool without its threads: store, maps, catalog, and the one way in which disks and snapshots change. An operation is built,
/// appended and applied under one hold of the gate; so the log's order is the order in which things happened (I6, I10).
/// </summary>
internal sealed partial class PoolCore : ILogReplay, IDisposable
{
    private readonly NodeCache _cache;
    private readonly DiskPoolOptions _options;

    // Whether something was deleted since the last flush that made operations durable.
    private bool _wantsSpace;

    public PoolCore(LogBlockStore store, DiskPoolOptions options)
    {
        _options = options;
        Store = store;
        _cache = new NodeCache(options.CacheBytes / 4 * 3);
        Map = new BlockMap(_cache, store.Ledger.Queue);
        Engine = new BlockEngine(store, Map, new MapReader(store, _cache));
        Catalog = new Catalog(Map, () => store.Log.LastName);
        Pins = new RootPins(store, Map);
        Flusher = new GroupFlush(store.Log, inline: !options.HasThreads);
        Clock = new PoolClock(options.TimeProvider, options.MachineStart());
        Events = new EventJournal(options.EventsKept);
        Diary = new PoolDiary(this);
        _nodes = new NodeWriter(_cache, store.Ledger.Queue, store.Log);
        try
        {
            _pages = ReadCatalog();
            UpdateCatalogBytes();
            store.BytesOfCheckpoint = () => BytesOfCheckpoint();
            store.UnnamedNodes = () => _cache.VolatileCount;
        }
        catch
        {
            Diary.Dispose();
            _cache.Dispose();
            throw;
        }
    }

    public LogBlockStore Store { get; }

    public BlockMap Map { get; }

    public BlockEngine Engine { get; }

    public Catalog Catalog { get; }

    public RootPins Pins { get; }

    public GroupFlush Flusher { get; }

    public Gate Gate => Store.Gate;

    public PoolClock Clock { get; }

    public EventJournal Events { get; }

    /// <summary>Logs and metrics.</summary>
    public PoolDiary Diary { get; }

    public DiskPoolOptions Options => _options;

    /// <summary>Called when a deletion is durable, so that what it held is given back soon. No lock held.</summary>
    public Action AfterRelease { get; set; } = static () => { };

    /// <summary>Whether so many nodes wait for a checkpoint that one is due.</summary>
    public bool IsCacheCrowded => _cache.VolatileCount > _cache.VolatileMax;

    /// <summary>Whether there are so many that a writer must wait for the checkpoint.</summary>
    public bool IsCacheFull => _cache.VolatileCount > _cache.VolatileMax + (_cache.VolatileMax / 2);

    /// <summary>Whether closing has nothing to write: nothing was appended since the pool was opened, and it was clean then.</summary>
    public bool IsUntouched => Store.Log.AppendedBytes == 0 && Store.IsClean;

    /// <summary>A new identity. Nothing else in a pool is left to chance.</summary>
    public Guid NewGuid() => _options.NewGuid();

    /// <summary>Refuses a change of a pool that is only read.</summary>
    public void ThrowIfReadOnly(string operation)
    {
        if (_options.ReadOnly)
        {
            throw new PoolReadOnlyException(operation);
        }
    }

    /// <summary>Refuses to make snapshots while the pool is suspended. Gate held.</summary>
    public void ThrowIfSuspended()
    {
        if (Catalog.Item<PoolStateItem>(ItemKind.PoolState, Guid.Empty) is { } state)
        {
            throw new PoolSuspendedException(state.SuspendReason);
        }
    }

    /// <summary>
    /// Marks chains as being changed until the result is disposed: a change that takes longer than a step. Others get a
    /// <see cref="ConflictException"/> meanwhile (R15).
    /// </summary>
    public ChainChange BeginChange(IReadOnlyList<ChainState> chains, string what)
    {
        using (Gate.Enter())
        {
            foreach (ChainState chain in chains)
            {
                ThrowIfChanging(chain);
            }

            return new ChainChange(Gate, chains, what);
        }
    }

    /// <summary>Refuses a change of a chain while another one is under way that is not the caller's own. Gate held.</summary>
    public static void ThrowIfChanging(ChainState chain, ChainChange? own = null)
    {
        if (chain.Change is { } change && change != own)
        {
            throw new ConflictException($"The disk '{chain.Volume.Name}' is being changed: {change.What}");
        }
    }

    /// <summary><see cref="Commit"/>, then a flush: what is returned survives a crash.</summary>
    public async Task<T> CommitAsync<T>(Func<(PoolOperation? Operation, T Result)> build)
    {
        T result = Commit(build);
        await FlushAsync().ConfigureAwait(false);
        return result;
    }

    /// <summary>
    /// Builds an operation under the gate, where it may refuse, and makes it happen. It is acknowledged then, not yet durable.
    /// </summary>
    /// <param name="build">Makes the operation, null when there is nothing to do, and what is returned. Called twice if space must be made.</param>
    /// <param name="applied">Called under the same hold of the gate when the operation has happened, and not when it was refused.</param>
    /// <param name="cut">What the block becomes inside which a disk ends with the operation, in one with it; null when there is none.</param>
    public T Commit<T>(Func<(PoolOperation? Operation, T Result)> build, Action<T>? applied = null, CutBlock? cut = null)
    {
        ThrowIfReadOnly("changing the pool");
        try
        {
            return CommitOnce(build, applied, cut);
        }
        catch (PoolFullException)
        {
            if (!Engine.MakeSpace())
            {
                throw;
            }

            return CommitOnce(build, applied, cut);
        }
    }

    private T CommitOnce<T>(Func<(PoolOperation? Operation, T Result)> build, Action<T>? applied, CutBlock? cut)
    {
        T result;
        using (Gate.Enter())
        {
            Store.Log.ThrowIfFaulted();
            (PoolOperation? operation, result) = build();
            if (operation is null)
            {
                return result;
            }

            operation = WithReading(operation);
            byte[] bytes = OperationCodec.Encode(operation);
            HoldRoomForCheckpoint(operation, bytes.Length);
            List<PoolEvent> told = OperationEvents.Of(Catalog, operation, Clock.Now);
            Prepare(operation);
            Append(bytes, cut);
            Apply(operation);
            applied?.Invoke(result);
            Events.Await(told);
            UpdateGranule();
            if (operation.WantsSpace)
            {
                Volatile.Write(ref _wantsSpace, true);
            }
        }

        Engine.AfterAppend();
        return result;
    }

    /// <summary>Makes all operations so far durable, publishes their events, and has what they deleted given back.</summary>
    public async ValueTask FlushAsync()
    {
        int count = Events.PendingCount;
        SnapshotId[] begun = UnsettledNow();
        Exception? failure = null;
        try
        {
            await Flusher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            Settle(begun);
        }
        catch (Exception e)
        {
            failure = e;
            TellIfFaulted(e);
            throw;
        }
        finally
        {
            Diary.Note(Events.Settle(count, Clock.Now, failure));
        }

        if (Interlocked.Exchange(ref _wantsSpace, false))
        {
            AfterRelease();
        }
    }

    /// <summary>Ends all writing: background work failed.</summary>
    public void Fault(Exception cause)
    {
        Store.Log.Fault(cause);
        TellIfFaulted(cause);
    }

    /// <summary>Publishes an event that belongs to no operation.</summary>
    public void Publish(PoolEvent each) => Diary.Note([Events.Publish(each)]);

    public void Dispose()
    {
        Events.Close();
        Diary.Dispose();
        Store.Dispose();
        _cache.Dispose();
    }

    private void Append(ReadOnlySpan<byte> operation, CutBlock? cut)
    {
        if (cut is null)
        {
            Store.Log.AppendOperation(operation);
        }
        else
        {
            Engine.AppendCut(cut, operation);
        }
    }

    // The log has the operation already. Should it fail here, memory is not what the log says, and nothing more may be written.
    private void Apply(PoolOperation operation)
    {
        try
        {
            Catalog.Apply(operation);
        }
        catch (Exception e)
        {
            Store.Log.Fault(e);
            throw new PoolFaultedException(e);
        }
    }

    private void TellIfFaulted(Exception cause)
    {
        if (Store.Log.IsFaulted)
        {
            Diary.Faulted(cause);
        }
    }
}
