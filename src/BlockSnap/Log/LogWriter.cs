using BlockSnap.Format;
using BlockSnap.Primitives;

namespace BlockSnap.Log;

/// <summary>
/// The tail of the log: an append buffer in memory and the order in which it reaches the device.
/// Three locks, taken in the order flush lock, device lock, gate. Under the gate records and blocks are appended, memory only. Under the
/// device lock closed batches are written in log order; under the flush lock files are flushed, so that a batch is never promised before
/// an earlier one is durable.
/// After the first failure of the device nothing is written any more (I12).
/// </summary>
internal sealed partial class LogWriter : IDisposable
{
    /// <summary>Bytes of a chunk, which goes to the device in one write.</summary>
    public const int ChunkBytes = 2 << 20;

    /// <summary>The largest payload of one operation.</summary>
    public const int OperationBytesMax = 32 << 10;

    // Room for one batch head and the largest block beyond the soft limit.
    private const int ChunkCapacity = ChunkBytes + (4 * FormatVersion.PageBytes);
    private const int PageBytes = FormatVersion.PageBytes;

    // After a flush of this share of a segment a batch follows that calls it durable: an opening after a kill need not prove more than that.
    private const int ProofsPerSegment = 4;

    // With fewer bytes to a flush, the device spends more on the state of its blocks than on what is in them.
    private const int FlushHeavyBytes = 256 << 10;

    private readonly Gate _gate;
    private readonly Lock _flush = new();
    private readonly Lock _device = new();
    private readonly IStorageDevice _storage;
    private readonly SegmentFiles _files;
    private readonly SegmentTable _table;
    private readonly TimeProvider _time;
    private readonly SegmentHeader _header;
    private readonly ulong _salt;
    private readonly int _segmentBytes;
    private readonly Func<bool> _giveUpSpace;

    private readonly Queue<LogChunk> _pending = new();
    private readonly Stack<LogChunk> _idle = new();
    private readonly List<SegmentFile> _unsynced = []; // device lock
    private readonly List<SegmentFile> _flushing = []; // flush lock
    private LogChunk? _chunk;
    private SegmentInfo? _segment;

    // Where the segment in use ends: with its file, which is a short one when there was no space for a whole one.
    private int _segmentEnd;

    // Where a segment that a clean stop left open goes on, while there is no chunk yet.
    private int _resumeOffset;

    // The open batch: where its head lies in the chunk, -1 when none is open; the head's pages and bytes of records; where its data begin.
    private int _batchAt = -1;
    private int _batchPages;
    private int _recordBytes;
    private int _dataAt;

    private long _nextSequence;

    // Of the last batch that holds something: the one that only calls others durable need not be so itself.
    private long _lastSequence;
    private long _writtenSequence;
    private long _durableSequence;
    private long _nextSegment;
    private long _pendingBytes;

    // Of the bytes appended those that were flushed, and those of them that a head behind them calls durable.
    private long _durableBytes;
    private long _provenBytes;
    private ulong _pendingFloor = ulong.MaxValue;

    // Segments opened, and how many of their headers are durable: they must be, even when no batch follows.
    private long _headers;
    private long _durableHeaders;

    // Flushes since the segment was opened.
    private int _flushes;
    private Exception? _fault;
    private bool _closed;
    private bool _ended;

    public LogWriter(Gate gate, IStorageDevice storage, SegmentFiles files, SegmentTable table, TimeProvider time, Superblock superblock)
    {
        _gate = gate;
        _storage = storage;
        _files = files;
        _table = table;
        _time = time;
        _giveUpSpace = GiveUpSpace; // made once: writing allocates nothing
        _salt = superblock.Salt;
        _segmentBytes = superblock.SegmentBytes;
        _header = new SegmentHeader(_salt, 0, 0, 0, _segmentBytes, superblock.PoolId, superblock.Created);
        _nextSegment = superblock.NextSegment;
        _nextSequence = superblock.NextBatch;
        _lastSequence = _writtenSequence = _durableSequence = _nextSequence - 1;
    }

    /// <summary>Called under the gate when a chunk is ready for the device.</summary>
    public Action? ChunkSealed { get; set; }

    /// <summary>Whether the reserve has room for all that a checkpoint would write; called under the gate.</summary>
    public required Func<bool> IsReserveFilled { get; init; }

    /// <summary>Called under the gate when the reserve was filled, to take space for what a checkpoint writes beside the log.</summary>
    public Action? BesideReserve { get; set; }

    /// <summary>Called under the gate when a segment was opened.</summary>
    public Action? SegmentOpened { get; set; }

    /// <summary>Whether the segment before this one was flushed often: then it pays to fill free files with zeros before they are used.</summary>
    public bool IsFlushHeavy { get; private set; }

    /// <summary>Called once, under the gate, before the first append.</summary>
    public Action? BeforeFirstAppend { get; set; }

    /// <summary>The granule of segments opened from now on: the smallest block size in use, at most 4 KiB.</summary>
    public int GranuleLog2 { get; set; } = FormatVersion.GranuleLog2Max;

    /// <summary>Bytes appended since the pool was opened, heads included.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>Bytes appended and not yet handed to the device.</summary>
    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    /// <summary>Whether the calling thread holds the flush lock.</summary>
    public bool IsFlushHeld => _flush.IsHeldByCurrentThread;

    /// <summary>Whether the calling thread holds the device lock.</summary>
    public bool IsDeviceHeld => _device.IsHeldByCurrentThread;

    public long NextSegment => _nextSegment;

    public long DurableSequence => Volatile.Read(ref _durableSequence);

    /// <summary>Whether everything appended is durable; a hint when the gate is not held.</summary>
    public bool IsDurable => _fault is null && _batchAt < 0 && Volatile.Read(ref _durableHeaders) == _headers && DurableSequence >= _lastSequence;

    public bool IsFaulted => _fault is not null;

    /// <summary>Where the next batch begins. Call with no batch open.</summary>
    public LogPosition Position => _segment is null
        ? new LogPosition(0, 0, 0, _nextSequence)
        : new LogPosition(_segment.Number, _segment.File.Number, _chunk is null ? _resumeOffset : _chunk.FileOffset + _chunk.Used, _nextSequence);

    /// <summary>Bytes that can still be appended before another segment is needed. Gate held.</summary>
    public int RoomInSegment => _segment is null ? 0 : _segmentEnd - PageBytes - (_chunk is null ? _resumeOffset : _chunk.FileOffset + _chunk.Used);

    /// <summary>No block has a name above this one; the next will.</summary>
    public ulong LastName => new BlockId(_segment?.Number ?? _nextSegment, _segment?.SlotCount ?? 0, 0).Value - 1;

    /// <summary>Whether something was appended behind a position. Gate held.</summary>
    public bool IsBeyond(long segment, int offset) => _batchAt >= 0 || Position.Segment != segment || Position.Offset != offset;

    /// <summary>Goes on in a segment that a clean stop left open.</summary>
    public void Resume(SegmentInfo segment, int offset)
    {
        _segment = segment;
        _segmentEnd = (int)segment.File.Bytes;
        segment.IsActive = true;
        _resumeOffset = offset;
    }

    /// <summary>Goes on behind a replayed log: in a new segment, with numbers never given before.</summary>
    public void Restart(long nextSegment, long nextSequence)
    {
        _nextSegment = nextSegment;
        _nextSequence = nextSequence;
        _lastSequence = _writtenSequence = _durableSequence = nextSequence - 1;
    }

    /// <summary>Appends a block and its record. Gate held.</summary>
    /// <param name="bookkeeping">Whether it may use the reserve of a full pool.</param>
    /// <param name="operation">One that goes into the same batch behind it, so that a crash leaves both or neither. Empty: none.</param>
    /// <exception cref="PoolFullException">There is no room for another segment; nothing changed.</exception>
    public BlockId AppendBlock(
        RecordKind kind,
        uint disk,
        byte level,
        long index,
        int sizeClass,
        ReadOnlySpan<byte> data,
        bool bookkeeping,
        out ulong checksum,
        ReadOnlySpan<byte> operation = default)
    {
        MakeRoom(LogRecord.Bytes + BytesOf(operation), data.Length, bookkeeping);
        LogChunk chunk = _chunk!;
        Span<byte> target = chunk.Bytes.Slice(chunk.Used, data.Length);
        checksum = BlockChecksum.CopyAndCompute(data, target); // of the copy: the caller's buffer may change under our hands
        int slot = (chunk.FileOffset + chunk.Used) >> _segment!.GranuleLog2;
        int granules = _segment.GranulesOf(data.Length);
        int padded = granules << _segment.GranuleLog2;
        chunk.Bytes.Slice(chunk.Used + data.Length, padded - data.Length).Clear();
        chunk.Used += padded;
        _segment.SlotCount = slot + granules;
        new LogRecord(kind, 0, (byte)sizeClass, level, disk, index, checksum, slot, data.Length).Encode(TakeRecord(LogRecord.Bytes));
        PutOperation(operation);
        Count(padded);
        return new BlockId(_segment.Number, slot, sizeClass);
    }

    /// <summary>Appends the record of a range that became a hole. Gate held.</summary>
    /// <inheritdoc cref="AppendBlock" path="/param[@name='operation']"/>
    public void AppendHole(uint disk, long first, long count, ReadOnlySpan<byte> operation = default)
    {
        MakeRoom(LogRecord.Bytes + BytesOf(operation), 0, bookkeeping: true);
        LogRecord.Hole(disk, first, count).Encode(TakeRecord(LogRecord.Bytes));
        PutOperation(operation);
    }

    /// <summary>Appends an operation. Gate held.</summary>
    public void AppendOperation(ReadOnlySpan<byte> payload) => Append(RecordKind.Operation, payload);

    /// <summary>Appends the root that a checkpoint publishes. Gate held.</summary>
    public void AppendCheckpoint(ReadOnlySpan<byte> root) => Append(RecordKind.Checkpoint, root);

    /// <summary>Throws when the device has failed. Gate held.</summary>
    public void ThrowIfFaulted()
    {
        if (_closed)
        {
            throw new ObjectDisposedException("pool");
        }

        if (_fault is not null)
        {
            throw new PoolFaultedException(_fault);
        }
    }

    /// <summary>Ends writing for good, after a failure that leaves memory and device apart.</summary>
    public void Fault(Exception cause)
    {
        using (_gate.Enter())
        {
            _fault ??= cause;
        }
    }

    /// <summary>Opens the first segment, if there is none yet, so that the log has a position. Gate held.</summary>
    public void EnsureSegment(bool bookkeeping = true)
    {
        if (_segment is null)
        {
            OpenSegment(AllocateFile(bookkeeping));
        }

        if (BeforeFirstAppend is { } before)
        {
            BeforeFirstAppend = null;
            before();
        }
    }

    /// <summary>Closes the open batch, if any. Gate held.</summary>
    public void CloseBatch() => CloseBatch(nextFile: -1);

    /// <summary>Whether a block may still be in the append buffer only. Gate held.</summary>
    public bool IsPending(BlockId id) => id.Value >= _pendingFloor;

    /// <summary>Copies bytes of a block that is still in the append buffer. Gate held.</summary>
    /// <returns>Whether the block is there.</returns>
    public bool TryReadPending(BlockId id, int offset, Span<byte> destination)
    {
        if (id.Value < _pendingFloor)
        {
            return false;
        }

        foreach (LogChunk chunk in _pending)
        {
            if (chunk.Segment.Number == id.Segment)
            {
                long at = chunk.Segment.OriginalOffset(id.Slot) - chunk.FileOffset;
                if (at >= 0 && at < chunk.Used)
                {
                    chunk.Bytes.Slice((int)at + offset, destination.Length).CopyTo(destination);
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Appends no more, because a clean checkpoint is being made; what was appended can still be flushed. Gate held.</summary>
    public void End() => _ended = true;

    /// <summary>Ends appending because the pool is closed. Gate held.</summary>
    public void Close() => _closed = true;

    /// <summary>Frees the buffer; waits for what is on its way to the device.</summary>
    public void Dispose()
    {
        lock (_flush)
        {
            lock (_device)
            {
                FreeChunks();
            }
        }
    }

    private void Append(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, OperationBytesMax);
        int bytes = LogRecord.BytesWith(payload.Length);
        MakeRoom(bytes, 0, bookkeeping: true);
        LogRecord.Encode(TakeRecord(bytes), kind, payload);
    }

    private static int BytesOf(ReadOnlySpan<byte> operation) => operation.IsEmpty ? 0 : LogRecord.BytesWith(operation.Length);

    // Into the open batch, which has room for it.
    private void PutOperation(ReadOnlySpan<byte> operation)
    {
        if (!operation.IsEmpty)
        {
            LogRecord.Encode(TakeRecord(BytesOf(operation)), RecordKind.Operation, operation);
        }
    }

    private void FreeChunks()
    {
        while (_pending.TryDequeue(out LogChunk? chunk))
        {
            chunk.Dispose();
        }

        while (_idle.TryPop(out LogChunk? chunk))
        {
            chunk.Dispose();
        }
    }
}
