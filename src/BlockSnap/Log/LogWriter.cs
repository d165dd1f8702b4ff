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
    /// <summary>Bytes after which a chunk goes to the device.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>The largest payload of one operation.</summary>
    public const int OperationBytesMax = 32 << 10;

    // Room for one batch head and the largest block beyond the soft limit.
    private const int ChunkCapacity = ChunkBytes + (4 * FormatVersion.PageBytes);
    private const int PageBytes = FormatVersion.PageBytes;

    // Fewer bytes to a flush than these: the device spends more on the state of the blocks than on what is in them.
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

    // Where the segment in use ends: with its file, which is a short one where there was no space for another.
    private int _segmentEnd;

    private readonly Func<bool> _giveUpSpace;

    private readonly Queue<LogChunk> _pending = new();
    private readonly Stack<LogChunk> _idle = new();
    private readonly List<SegmentFile> _unsynced = []; // device lock
    private readonly List<SegmentFile> _flushing = []; // flush lock
    private LogChunk? _chunk;
    private SegmentInfo? _segment;

    // The open batch: where its head lies in the chunk, -1 when none is open.
    private int _batchAt = -1;
    private int _batchPages;
    private int _recordBytes;
    private int _dataAt;

    private long _nextSequence;
    private long _writtenSequence;
    private long _durableSequence;
    private long _nextSegment;
    private long _pendingBytes;
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
        _writtenSequence = _durableSequence = _nextSequence - 1;
    }

    /// <summary>Called under the gate when a chunk is ready for the device.</summary>
    public Action? ChunkSealed { get; set; }

    /// <summary>Called under the gate when the reserve was filled: for the space of what a checkpoint writes beside the log.</summary>
    public Action? BesideReserve { get; set; }

    /// <summary>Called under the gate when a segment was opened.</summary>
    public Action? SegmentOpened { get; set; }

    /// <summary>Whether the segment before this one was flushed often: then it pays to write files before they are used.</summary>
    public bool IsFlushHeavy { get; private set; }

    /// <summary>Called once, under the gate, before the first append.</summary>
    public Action? BeforeFirstAppend { get; set; }

    /// <summary>The granule of segments opened from now on: the smallest block size in use, at most 4 KiB.</summary>
    public int GranuleLog2 { get; set; } = 12;

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
    public bool IsDurable => _fault is null && _batchAt < 0 && Volatile.Read(ref _durableHeaders) == _headers && DurableSequence >= _nextSequence - 1;

    public bool IsFaulted => _fault is not null;

    /// <summary>Where the next batch begins. Call with no batch open.</summary>
    public LogPosition Position => _segment is null
        ? new LogPosition(0, 0, 0, _nextSequence)
        : new LogPosition(_segment.Number, _segment.File.Number, _chunk is null ? _resumeOffset : _chunk.FileOffset + _chunk.Used, _nextSequence);

    /// <summary>Whether something was appended behind a position. Gate held.</summary>
    public bool IsBeyond(long segment, int offset) => _batchAt >= 0 || Position.Segment != segment || Position.Offset != offset;

    /// <summary>Bytes that can still be appended before another segment is needed. Gate held.</summary>
    public int RoomInSegment => _segment is null ? 0 : _segmentEnd - PageBytes - (_chunk is null ? _resumeOffset : _chunk.FileOffset + _chunk.Used);

    /// <summary>No block has a name above this one; the next will.</summary>
    public ulong LastName => new BlockId(_segment?.Number ?? _nextSegment, _segment?.SlotCount ?? 0, 0).Value - 1;

    private int _resumeOffset;

    /// <summary>Goes on in a segment that a clean stop left open.</summary>
    public void Resume(SegmentInfo segment, int offset)
    {
        _segment = segment;
        _segmentEnd = _segmentBytes;
        segment.IsActive = true;
        _resumeOffset = offset;
    }

    /// <summary>Goes on behind a replayed log: in a new segment, with numbers never given before.</summary>
    public void Restart(long nextSegment, long nextSequence)
    {
        _nextSegment = nextSegment;
        _nextSequence = nextSequence;
        _writtenSequence = _durableSequence = nextSequence - 1;
    }

    /// <summary>Fills the reserve before data are taken. Gate held.</summary>
    /// <param name="nodes">Map nodes that have no name yet.</param>
    /// <exception cref="PoolFullException">There is no space for it; nothing changed.</exception>
    public void HoldReserve(int nodes) => TakeSpace(() =>
    {
        _files.HoldReserve(nodes);
        BesideReserve?.Invoke();
    });

    /// <summary>Fills the reserve again after a checkpoint. Gate held.</summary>
    public void RefillReserve() => TakeSpace(_files.Refill);

    /// <summary>Sees to it that so many bytes of bookkeeping can be appended, before the first of them is. Gate held.</summary>
    /// <exception cref="PoolFullException">There is no space for all of it; nothing changed.</exception>
    public void HoldRoom(long bytes, bool all) => TakeSpace(() => _files.HoldRoom(bytes, RoomInSegment, all));

    /// <summary>Appends a block and its record. Gate held.</summary>
    /// <param name="bookkeeping">Whether it may use the reserve of a full pool.</param>
    /// <exception cref="PoolFullException">There is no room for another segment; nothing changed.</exception>
    public BlockId AppendBlock(RecordKind kind, uint disk, byte level, long index, int sizeClass, ReadOnlySpan<byte> data, bool bookkeeping, out ulong checksum)
    {
        MakeRoom(LogRecord.Bytes, data.Length, bookkeeping);
        LogChunk chunk = _chunk!;
        Span<byte> target = chunk.Bytes.Slice(chunk.Used, data.Length);
        data.CopyTo(target);
        checksum = BlockChecksum.Compute(target); // of the copy: the caller's buffer may change under our hands
        int slot = (chunk.FileOffset + chunk.Used) >> _segment!.GranuleLog2;
        int granules = _segment.GranulesOf(data.Length);
        int padded = granules << _segment.GranuleLog2;
        chunk.Bytes.Slice(chunk.Used + data.Length, padded - data.Length).Clear();
        chunk.Used += padded;
        _segment.SlotCount = slot + granules;
        new LogRecord(kind, 0, (byte)sizeClass, level, disk, index, checksum, slot, data.Length).Encode(TakeRecord(LogRecord.Bytes));
        Count(padded);
        return new BlockId(_segment.Number, slot, sizeClass);
    }

    /// <summary>Appends the record of a range that became a hole. Gate held.</summary>
    public void AppendHole(uint disk, long first, long count)
    {
        MakeRoom(LogRecord.Bytes, 0, bookkeeping: true);
        LogRecord.Hole(disk, first, count).Encode(TakeRecord(LogRecord.Bytes));
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

    /// <summary>Ends writing for good: after a failure that leaves memory and device apart.</summary>
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

    /// <summary>Takes no more, because a clean checkpoint is being made; what was taken can still be flushed. Gate held.</summary>
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

    // After it a batch is open with room for the record in its head and for the data behind it.
    private void MakeRoom(int recordBytes, int dataBytes, bool bookkeeping)
    {
        ThrowIfFaulted();
        if (_ended)
        {
            throw new ObjectDisposedException("pool");
        }

        if (!bookkeeping)
        {
            _files.ThrowIfInReserve();
        }

        EnsureSegment(bookkeeping);
        if (_chunk is null)
        {
            TakeSpace(() => BeginChunk(_resumeOffset));
        }

        int padded = _segment!.GranulesOf(dataBytes) << _segment.GranuleLog2;
        if (_batchAt >= 0 && BatchHeader.Bytes + _recordBytes + recordBytes > _batchPages * PageBytes)
        {
            CloseBatch();
        }

        int pages = (BatchHeader.Bytes + recordBytes + PageBytes - 1) / PageBytes;
        int need = padded + (_batchAt < 0 ? pages * PageBytes : 0);

        // One page stays free for the batch that ends the segment.
        if (_chunk!.FileOffset + _chunk.Used + need > _segmentEnd - PageBytes)
        {
            SealSegment(bookkeeping);
            need = padded + (pages * PageBytes);
        }
        else if (_chunk.Used + need > ChunkCapacity || (_chunk.Used >= ChunkBytes && _batchAt < 0))
        {
            CloseBatch();
            SealChunk();
            need = padded + (pages * PageBytes);
            if (_chunk!.FileOffset + need > _segmentEnd - PageBytes)
            {
                SealSegment(bookkeeping);
            }
        }

        if (_batchAt < 0)
        {
            OpenBatch(pages);
        }
    }

    private void OpenBatch(int pages)
    {
        LogChunk chunk = _chunk!;
        chunk.Bytes.Slice(chunk.Used, pages * PageBytes).Clear();
        _batchAt = chunk.Used;
        _batchPages = pages;
        _recordBytes = 0;
        chunk.Used += pages * PageBytes;
        _dataAt = chunk.Used;
        Count(pages * PageBytes);
    }

    private Span<byte> TakeRecord(int bytes)
    {
        Span<byte> cell = _chunk!.Bytes.Slice(_batchAt + BatchHeader.Bytes + _recordBytes, bytes);
        _recordBytes += bytes;
        return cell;
    }

    private void CloseBatch(int nextFile)
    {
        if (_batchAt < 0)
        {
            return;
        }

        LogChunk chunk = _chunk!;
        new BatchHeader
        {
            Salt = _salt,
            Segment = _segment!.Number,
            Sequence = _nextSequence,
            DurableSequence = DurableSequence,
            Time = _time.GetUtcNow().UtcTicks,
            Offset = chunk.FileOffset + _batchAt,
            Pages = _batchPages,
            DataBytes = chunk.Used - _dataAt,
            RecordBytes = _recordBytes,
            NextFile = nextFile,
        }.Encode(chunk.Bytes[_batchAt..]);
        chunk.Closed = chunk.Used;
        chunk.ClosedSequence = _nextSequence++;
        _batchAt = -1;
    }

    // The file of the next segment is allocated first: when there is none, nothing has changed.
    private void SealSegment(bool bookkeeping)
    {
        SegmentFile next = AllocateFile(bookkeeping);
        if (_batchAt < 0)
        {
            if (_chunk!.Used + PageBytes > ChunkCapacity)
            {
                SealChunk();
            }

            OpenBatch(1);
        }

        CloseBatch(next.Number);
        SealChunk(continues: false);
        _segment!.IsActive = false;
        _table.MarkDirty(_segment);
        OpenSegment(next);
    }

    /// <summary>A file for a container. Gate held.</summary>
    /// <inheritdoc cref="SegmentFiles.AllocateContainer"/>
    public SegmentFile AllocateContainer(long bytes, int leave)
    {
        SegmentFile? file = null;
        TakeSpace(() => file = _files.AllocateContainer(bytes, leave));
        return file!;
    }

    private SegmentFile AllocateFile(bool bookkeeping)
    {
        SegmentFile? file = null;
        TakeSpace(() => file = _files.Allocate(bookkeeping));
        return file!;
    }

    // A device that fails here has failed a write, if of a length only; a full one has not, and nothing has changed.
    private void TakeSpace(Action take)
    {
        ThrowIfFaulted();
        try
        {
            take();
        }
        catch (IOException e) when (e is not BlockSnapException)
        {
            Fault(e);
            throw new PoolFaultedException(e);
        }
    }

    private void OpenSegment(SegmentFile file)
    {
        _segment = _table.Add(_nextSegment++, file, GranuleLog2);
        _segment.SlotCount = SegmentHeader.Bytes >> GranuleLog2;
        _segmentEnd = (int)file.Bytes;
        BeginChunk(0);
        (_header with { Segment = _segment.Number, File = file.Number, GranuleLog2 = GranuleLog2 }).Encode(_chunk!.Bytes);
        _chunk.Used = _chunk.Closed = SegmentHeader.Bytes;
        _chunk.ClosedSequence = _nextSequence - 1;
        _headers++;
        IsFlushHeavy = _segmentBytes / (Interlocked.Exchange(ref _flushes, 0) + 1) < FlushHeavyBytes;
        Count(SegmentHeader.Bytes);
        SegmentOpened?.Invoke();
    }

    private void SealChunk(bool continues = true)
    {
        LogChunk chunk = _chunk!;
        chunk.Sealed = true;
        ChunkSealed?.Invoke();
        if (continues)
        {
            BeginChunk(chunk.FileOffset + chunk.Used);
        }
    }

    // The file of what waits for the device stays open, so that writing it needs no descriptor.
    private void BeginChunk(int fileOffset)
    {
        _files.Pin(_segment!.File);
        LogChunk chunk = _idle.TryPop(out LogChunk? idle) ? idle : new LogChunk(ChunkCapacity);
        chunk.Begin(_segment, fileOffset);
        _chunk = chunk;
        _pending.Enqueue(chunk);
        if (_pending.Count == 1)
        {
            _pendingFloor = FloorOf(chunk);
        }
    }

    private void Count(int bytes)
    {
        AppendedBytes += bytes;
        _pendingBytes += bytes;
    }

    private static ulong FloorOf(LogChunk chunk) =>
        new BlockId(chunk.Segment.Number, (chunk.FileOffset + chunk.Written) >> chunk.Segment.GranuleLog2, 0).Value;
}
