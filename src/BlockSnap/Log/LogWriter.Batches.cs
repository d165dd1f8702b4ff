using BlockSnap.Format;

namespace BlockSnap.Log;

/// <content>The append buffer: batches in chunks, chunks in segments, the next begun when one has no room. Under the gate, memory only.</content>
internal sealed partial class LogWriter
{
    // Afterwards a batch is open that has room for the record in its head and for the data behind it.
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

        int padded = _segment!.PaddedBytesOf(dataBytes);
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
        else if (_chunk.Used + need > ChunkCapacity || IsChunkFull)
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

    // A chunk ends at a multiple of the chunk size in the file: so the system takes it as one large folio, which is cheaper to fill and to
    // flush, and which a mapping shows as one large page.
    private bool IsChunkFull => _chunk!.Used >= ChunkBytes - (_chunk.FileOffset & (ChunkBytes - 1));

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

        if (_recordBytes > 0 || nextFile >= 0)
        {
            _lastSequence = _nextSequence;
        }

        _provenBytes = _durableBytes;
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

    // The pin keeps the file of what waits for the device open, so that writing it needs no descriptor.
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
