using System.Buffers.Binary;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap;

/// <summary>
/// The block store on a device: the log, counts, checkpoints and compaction that lie under a pool's disks, without the disks. One store
/// owns a device at a time. Thread-safe, except that nothing else may be running when it is disposed.
/// </summary>
/// <remarks>
/// <para>A publication is a checkpoint; replay is thrown away at opening, because what lies behind the checkpoint was not published. There are
/// no threads: a put that fills the write buffer flushes, and a publication compacts when more than a fifth of the stored bytes
/// and one segment are dead. What a compaction moved is given back by the next publication.</para>
/// <para>Disposing writes nothing: what was not published is lost, as in a crash.</para>
/// </remarks>
public sealed class BlockStore : IBlockStore
{
    // In front of every root, to tell a store from a pool: the top bit is never set in the first field of a pool's root.
    private const ulong Mark = 0xB1_45_52_4F_54_53_53_42; // "BSSTORE" and '1' with the top bit
    private const int MarkBytes = sizeof(ulong);

    private const uint NoDisk = uint.MaxValue;

    // Of the smallest block size, whatever is stored first: the padding of a block to a larger granule would count as dead bytes that moving
    // cannot free.
    private const int GranuleLog2 = FormatVersion.GranuleLog2Min;

    private const double DeadShare = 0.2;

    // How many changes of counts, 8 bytes each, may wait before they are applied.
    private const long QueueMax = 1 << 16;

    private readonly LogBlockStore _store;
    private readonly IDisposable _ownership;
    private readonly long _writeBufferBytes;

    private BlockStore(LogBlockStore store, IDisposable ownership, long writeBufferBytes)
    {
        _store = store;
        _ownership = ownership;
        _writeBufferBytes = writeBufferBytes;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Root
    {
        get
        {
            ThrowIfDisposed();
            return _store.Root[MarkBytes..];
        }
    }

    /// <inheritdoc/>
    public long StoredBytes
    {
        get
        {
            lock (_store.Ledger.Sync)
            {
                ApplyCounts();
                return _store.GetUsage().LiveBytes;
            }
        }
    }

    /// <summary>The store underneath, for tests.</summary>
    internal LogBlockStore Inner => _store;

    /// <summary>Opens the store on a device, or creates it on an empty one. The device stays the caller's.</summary>
    /// <exception cref="PoolExistsException">The device holds a pool of disks, or other files.</exception>
    /// <exception cref="PoolInUseException">Somebody else has it open.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="PoolCorruptedException">It is damaged beyond what a crash does.</exception>
    public static BlockStore OpenOrCreate(IStorageDevice device, BlockStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= new BlockStoreOptions();
        options.Check();
        var storeOptions = new StoreOptions(options.SegmentBytes, options.CapacityBytes, options.CountsMemoryBytes, options.TimeProvider);
        IDisposable ownership = device.AcquireOwnership();
        LogBlockStore? store = null;
        try
        {
            if (CheckpointFiles.HasSuperblock(device))
            {
                store = LogBlockStore.Open(device, storeOptions);
                Recover(store, device.Description);
            }
            else
            {
                store = device.List().Count == 0
                    ? LogBlockStore.Create(device, IdSource.Next(), WithMark([]), storeOptions)
                    : throw PoolExistsException.OfOtherFiles(device.Description);
                store.Log.GranuleLog2 = GranuleLog2;
            }

            return new BlockStore(store, ownership, options.WriteBufferBytes);
        }
        catch
        {
            store?.Dispose();
            ownership.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StoredBlock Put(ReadOnlySpan<byte> data)
    {
        int sizeClass = BlockId.ClassOf(new BlockSize(data.Length));
        StoredBlock block;
        bool crowded;
        using (_store.Gate.Enter())
        {
            ThrowIfDisposed();
            _store.HoldReserve(nodes: 0);
            BlockId id = _store.Log.AppendBlock(RecordKind.Data, NoDisk, 0, 0, sizeClass, data, bookkeeping: false, out ulong checksum);
            _store.Ledger.Queue.Born(id);
            block = new StoredBlock(id, checksum);
            crowded = _store.Ledger.Queue.Length > QueueMax;
        }

        if (_store.Log.PendingBytes > _writeBufferBytes)
        {
            _store.Log.Flush(); // not only written: a power cut must not lose more segments than the gap of numbers spans (I13)
        }

        if (crowded)
        {
            lock (_store.Ledger.Sync)
            {
                ApplyCounts();
            }
        }

        return block;
    }

    /// <inheritdoc/>
    public void Read(BlockId id, ulong checksum, Span<byte> destination)
    {
        BlockStoreArguments.CheckDestination(id, destination);
        try
        {
            ReadProven(id, checksum, destination);
        }
        catch (BlockSnapException e)
        {
            // Not in an exception filter: that would run before what failed has given its locks back.
            if (CountReferences(id) == 0)
            {
                throw new BlockNotFoundException(id, e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void AddReference(BlockId id)
    {
        lock (_store.Ledger.Sync)
        {
            if (CountOrThrow(id) == uint.MaxValue)
            {
                throw new OverflowException($"Block {id} has as many references as are counted.");
            }

            using (_store.Gate.Enter())
            {
                _store.Ledger.Queue.Retain(id);
            }

            ApplyCounts();
        }
    }

    /// <inheritdoc/>
    public void Release(BlockId id)
    {
        lock (_store.Ledger.Sync)
        {
            CountOrThrow(id);
            using (_store.Gate.Enter())
            {
                _store.Ledger.Queue.ReleaseBlock(id);
            }

            ApplyCounts();
        }
    }

    /// <inheritdoc/>
    public long CountReferences(BlockId id)
    {
        lock (_store.Ledger.Sync)
        {
            ApplyCounts();
            return Count(id);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        ThrowIfDisposed();
        _store.Log.Flush();
    }

    /// <inheritdoc/>
    public void PublishRoot(ReadOnlySpan<byte> root)
    {
        BlockStoreArguments.CheckRoot(root);
        ThrowIfDisposed();
        var content = new CheckpointContent(WithMark(root), []);
        _store.Checkpoint(() => content);
        Compact();
    }

    /// <summary>Closes the store without writing anything. The device can then be opened anew.</summary>
    public void Dispose()
    {
        lock (_store.Ledger.Sync)
        {
            if (!_store.IsClosed)
            {
                _store.Dispose();
                _ownership.Dispose();
            }
        }
    }

    private static void Recover(LogBlockStore store, string location)
    {
        if (store.Root.Length < MarkBytes || BinaryPrimitives.ReadUInt64LittleEndian(store.Root.Span) != Mark)
        {
            throw new PoolExistsException(location);
        }

        store.Log.GranuleLog2 = GranuleLog2;
        if (store.Recover(new UnpublishedReplay()))
        {
            // From here on the log goes on behind what was thrown away.
            var content = new CheckpointContent(store.Root.ToArray(), []);
            store.Checkpoint(() => content);
        }
    }

    private static byte[] WithMark(ReadOnlySpan<byte> root)
    {
        byte[] marked = new byte[MarkBytes + root.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(marked, Mark);
        root.CopyTo(marked.AsSpan(MarkBytes));
        return marked;
    }

    // What is read from the device is proven by the store. In the append buffer a block is what was put, but the caller's checksum may be wrong.
    private void ReadProven(BlockId id, ulong checksum, Span<byte> destination)
    {
        bool pending;
        using (_store.Gate.Enter())
        {
            ThrowIfDisposed();
            pending = _store.Log.TryReadPending(id, 0, destination);
        }

        if (!pending)
        {
            _store.Read(id, checksum, destination);
        }
        else if (BlockChecksum.Compute(destination) is var actual && actual != checksum)
        {
            throw new BlockCorruptedException($"The checksum of block {id} does not match", expected: checksum, actual: actual);
        }
    }

    // The count of a block before a change of it is queued. While the ledger's lock is held, nothing else is queued but new blocks.
    private uint CountOrThrow(BlockId id)
    {
        ApplyCounts();
        using (_store.Gate.Enter())
        {
            _store.Log.ThrowIfFaulted();
        }

        uint count = Count(id);
        return count > 0 ? count : throw new BlockNotFoundException(id);
    }

    // Ledger's lock held, queue applied. Only size classes below the nodes' name blocks: a store has no map nodes.
    private uint Count(BlockId id) => id.SizeClass < BlockId.NodeClass ? _store.Ledger.CountOf(id) : 0;

    // Ledger's lock held. A failure ends writing: changes that were taken off the queue and not applied are lost.
    private void ApplyCounts()
    {
        ThrowIfDisposed();
        try
        {
            _store.Ledger.Drain();
        }
        catch (Exception e)
        {
            _store.Log.Fault(e);
            throw new PoolFaultedException(e);
        }
    }

    // The root is published: what goes wrong here is not the publication's failure, and a fault is told by the next call.
    private void Compact()
    {
        try
        {
            while (_store.CompactOnce(DeadShare, _store.SegmentBytes, CancellationToken.None))
            {
            }
        }
        catch (IOException)
        {
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_store.IsClosed, this);

    private sealed class UnpublishedReplay : ILogReplay
    {
        public void Replay(in LogRecord record, BlockId id)
        {
        }

        public void ReplayOperation(ReadOnlySpan<byte> payload)
        {
        }
    }
}
