using System.Buffers;
using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>
/// Reads the log forward from a checkpoint: finds the last batch that is whole, then hands the records over. A batch is whole when its
/// head proves itself, names the place and sequence expected, and its data match their checksums; the data of batches that a later
/// head declares durable need not be read. Opening runs it alone, before anything is shared.
/// </summary>
internal sealed class LogScanner(SegmentFiles files, ulong salt, int segmentBytes)
{
    private const int PageBytes = FormatVersion.PageBytes;
    private const int WindowBytes = 256 << 10;

    // Whole batches that no later one calls durable.
    private readonly List<LogPosition> _unproven = [];
    private readonly byte[] _head = new byte[(LogWriter.OperationBytesMax / PageBytes * PageBytes) + (2 * PageBytes)];

    /// <summary>Called for each batch of the replay; the span holds its records.</summary>
    public delegate void BatchHandler(in BatchHeader header, ReadOnlySpan<byte> records);

    /// <summary>Finds where the valid log ends.</summary>
    /// <param name="start">The replay position of the superblock.</param>
    /// <param name="isPlaced">Whether the segment table knows what lies in a file.</param>
    /// <returns>The position behind the last whole batch.</returns>
    /// <exception cref="PoolCorruptedException">A batch that was durable is damaged.</exception>
    public LogPosition FindEnd(LogPosition start, Func<int, bool> isPlaced)
    {
        var unproven = new Queue<(LogPosition At, LogPosition After)>();
        long durable = start.Sequence - 1;

        // For each segment, the sequence of the batch with which its header became durable. The first segment's header is durable already,
        // unless replay begins with the segment: a pool's first superblock is written before that header.
        var begins = new Dictionary<long, long> { [start.Segment] = start.Offset > SegmentHeader.Bytes ? durable : start.Sequence };
        LogPosition at = start;
        while (TryReadHead(at, out BatchHeader header))
        {
            begins.TryAdd(at.Segment, at.Sequence);
            LogPosition after = at.Behind(header);
            durable = Math.Max(durable, header.DurableSequence);
            unproven.Enqueue((at, after));
            while (unproven.TryPeek(out var first) && first.At.Sequence <= durable)
            {
                unproven.Dequeue();
            }

            at = after;
        }

        LogPosition end = unproven.TryPeek(out var oldest) ? oldest.At : at;
        foreach ((LogPosition place, LogPosition after) in unproven)
        {
            if (!DataIsWhole(place))
            {
                if (begins[place.Segment] <= durable && !TryReadGranule(place.Segment, place.File, out _))
                {
                    throw new PoolCorruptedException(
                        SegmentFile.NameOf(place.File),
                        $"the header of segment {place.Segment} is damaged, although it was durable");
                }

                break;
            }

            _unproven.Add(place);
            end = after;
        }

        ThrowIfDurableBeyond(end);
        ThrowIfDurableElsewhere(end, isPlaced);
        return end;
    }

    /// <summary>
    /// Writes the batches again that no later one calls durable, and the headers of segments that begin with one. After a failed flush
    /// the system still shows what it has given up writing; only by being written again does it reach the device with the next flush.
    /// </summary>
    public void RewriteUnproven()
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(segmentBytes);
        try
        {
            foreach (LogPosition at in _unproven)
            {
                if (!TryReadHead(at, out BatchHeader header) || !TryPin(at.File, out SegmentFile file, out IDeviceFile handle))
                {
                    throw UnreadableAgain(at);
                }

                try
                {
                    int from = at.Offset == SegmentHeader.Bytes ? 0 : at.Offset;
                    Span<byte> batch = bytes.AsSpan(0, at.Offset - from + header.TotalBytes);
                    handle.Write(from, batch[..handle.Read(from, batch)]);
                }
                finally
                {
                    file.Unpin();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Looks for what would contradict a superblock that says that nothing follows it.</summary>
    /// <param name="start">Its replay position.</param>
    /// <param name="nextSegment">The next segment's number by it.</param>
    /// <param name="isPlaced">Whether the segment table knows what lies in a file.</param>
    /// <exception cref="PoolCorruptedException">The log goes on.</exception>
    public void ThrowIfAnythingFollows(LogPosition start, long nextSegment, Func<int, bool> isPlaced)
    {
        const string Cause = "a later superblock was lost, or an older copy of the files was put back";
        if (start.Segment != 0 && TryReadHead(start, out BatchHeader header))
        {
            throw new PoolCorruptedException(
                CheckpointFiles.SuperblockName,
                $"it says that the log ends before batch {header.Sequence}, but that is there: {Cause}");
        }

        byte[] page = new byte[PageBytes];
        foreach (int number in files.FindAll().Where(number => !isPlaced(number)))
        {
            using IDeviceFile file = files.OpenUnplaced(number);
            if (TryReadHeader(file, page, out SegmentHeader segment) && segment.Segment >= nextSegment)
            {
                throw new PoolCorruptedException(
                    CheckpointFiles.SuperblockName,
                    $"it says that segment {nextSegment} is yet to come, but '{file.Name}' holds segment {segment.Segment}: {Cause}");
            }
        }
    }

    /// <summary>Hands over every batch from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    public void Replay(LogPosition start, LogPosition end, BatchHandler handler)
    {
        LogPosition at = start;
        while (at.Sequence < end.Sequence)
        {
            if (!TryReadHead(at, out BatchHeader header))
            {
                throw UnreadableAgain(at);
            }

            handler(header, _head.AsSpan(BatchHeader.Bytes, header.RecordBytes));
            at = at.Behind(header);
        }
    }

    /// <summary>
    /// Hands over every whole head of one segment file, in order: from the first batch on, until one does not prove itself. For compaction and
    /// checks.
    /// </summary>
    public void ReadSegment(IDeviceFile handle, SegmentInfo segment, BatchHandler handler)
    {
        var at = new LogPosition(segment.Number, segment.File.Number, SegmentHeader.Bytes, -1);
        long end = segment.OriginalOffset(segment.SlotCount);
        while (at.Offset < end && TryReadHead(handle, at, out BatchHeader header))
        {
            handler(header, _head.AsSpan(BatchHeader.Bytes, header.RecordBytes));
            at = at with { Offset = at.Offset + header.TotalBytes };
        }
    }

    /// <summary>The granule of the segment that a file holds.</summary>
    public int GranuleOf(long segment, int file) => TryReadGranule(segment, file, out int granuleLog2)
        ? granuleLog2
        : throw new PoolCorruptedException(SegmentFile.NameOf(file), "the segment's header is damaged");

    private bool TryReadHead(LogPosition at, out BatchHeader header)
    {
        header = default;
        if (!TryPin(at.File, out SegmentFile file, out IDeviceFile handle))
        {
            return false;
        }

        try
        {
            return TryReadHead(handle, at, out header);
        }
        finally
        {
            file.Unpin();
        }
    }

    private bool TryReadHead(IDeviceFile handle, LogPosition at, out BatchHeader header)
    {
        header = default;
        if (at.Offset < SegmentHeader.Bytes
            || at.Offset + PageBytes > segmentBytes
            || handle.Read(at.Offset, _head.AsSpan(0, PageBytes)) < PageBytes)
        {
            return false;
        }

        int pages = BatchHeader.PeekPages(_head, _head.Length / PageBytes);
        int rest = (pages - 1) * PageBytes;
        if (pages == 0 || (rest > 0 && handle.Read(at.Offset + PageBytes, _head.AsSpan(PageBytes, rest)) < rest))
        {
            return false;
        }

        return BatchHeader.TryDecode(_head.AsSpan(0, pages * PageBytes), out header)
            && header.Salt == salt
            && header.Segment == at.Segment
            && header.Offset == at.Offset
            && (header.Sequence == at.Sequence || at.Sequence < 0)
            && header.DataBytes <= segmentBytes - header.Offset - (header.Pages * PageBytes);
    }

    private bool DataIsWhole(LogPosition at)
    {
        if (!TryReadHead(at, out BatchHeader header))
        {
            return false;
        }

        byte[] data = ArrayPool<byte>.Shared.Rent(header.DataBytes + 1);
        try
        {
            int dataAt = header.Offset + (header.Pages * PageBytes);
            if (!TryRead(at.File, dataAt, data.AsSpan(0, header.DataBytes))
                || !TryReadGranule(at.Segment, at.File, out int granuleLog2))
            {
                return false;
            }

            foreach (LogRecord record in new RecordReader(_head.AsSpan(BatchHeader.Bytes, header.RecordBytes)))
            {
                if (record.IsBlock)
                {
                    long offset = ((long)record.Slot << granuleLog2) - dataAt;
                    if (offset < 0 || record.StoredBytes < 0 || offset + record.StoredBytes > header.DataBytes
                        || BlockChecksum.Compute(data.AsSpan((int)offset, record.StoredBytes)) != record.Checksum)
                    {
                        return false;
                    }
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(data);
        }
    }

    // The segment's number is part of the proof: a crash may leave the header of the file's earlier life before a batch of this one.
    private bool TryReadGranule(long segment, int file, out int granuleLog2)
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        granuleLog2 = 0;
        if (!TryRead(file, 0, page)
            || !SegmentHeader.TryDecode(page, out SegmentHeader header)
            || header.Salt != salt
            || header.Segment != segment)
        {
            return false;
        }

        granuleLog2 = header.GranuleLog2;
        return true;
    }

    // A crash loses the tail; it never loses what a later batch calls durable. When such a batch lies further on in the same segment,
    // the log is not torn but damaged, and opening it would lose acknowledged data in silence.
    private void ThrowIfDurableBeyond(LogPosition end)
    {
        int step = TryReadGranule(end.Segment, end.File, out int granuleLog2) ? 1 << granuleLog2 : BlockSize.MinimumBytes;
        byte[] window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            for (int from = end.Offset + step; from + PageBytes <= segmentBytes; from += WindowBytes)
            {
                int length = ReadUpTo(end.File, from, window.AsSpan(0, Math.Min(WindowBytes, segmentBytes - from)));
                for (int at = 0; at < length; at += step)
                {
                    if (BatchHeader.HasMagic(window.AsSpan(at, length - at))
                        && TryReadHead(end with { Offset = from + at, Sequence = -1 }, out BatchHeader header)
                        && header.DurableSequence >= end.Sequence)
                    {
                        throw Damaged(end, $"batch {header.Sequence}");
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    // The same for later segments, which lie in files that the table does not know.
    private void ThrowIfDurableElsewhere(LogPosition end, Func<int, bool> isPlaced)
    {
        byte[] page = new byte[PageBytes];
        foreach (int file in files.FindAll().Where(number => !isPlaced(number)))
        {
            using IDeviceFile handle = files.OpenUnplaced(file);
            if (!TryReadHeader(handle, page, out SegmentHeader segment) || segment.Segment <= end.Segment)
            {
                continue;
            }

            var at = new LogPosition(segment.Segment, file, SegmentHeader.Bytes, -1);
            for (; TryReadHead(handle, at, out BatchHeader header); at = at with { Offset = at.Offset + header.TotalBytes })
            {
                if (header.DurableSequence >= end.Sequence)
                {
                    throw Damaged(end, $"segment {segment.Segment}");
                }
            }
        }
    }

    // Into a buffer of one page. False when there is no header, or one of another pool.
    private bool TryReadHeader(IDeviceFile file, byte[] page, out SegmentHeader header)
    {
        header = default;
        return file.Read(0, page) == page.Length && SegmentHeader.TryDecode(page, out header) && header.Salt == salt;
    }

    private static PoolCorruptedException UnreadableAgain(LogPosition at) => new(
        SegmentFile.NameOf(at.File),
        $"batch {at.Sequence} at offset {at.Offset} cannot be read a second time");

    private static PoolCorruptedException Damaged(LogPosition end, string witness) => new(
        SegmentFile.NameOf(end.File),
        $"batch {end.Sequence} at offset {end.Offset} of segment {end.Segment} is damaged, although {witness} says it was durable");

    private bool TryRead(int number, int offset, Span<byte> destination) => ReadUpTo(number, offset, destination) == destination.Length;

    private int ReadUpTo(int number, int offset, Span<byte> destination)
    {
        if (!TryPin(number, out SegmentFile file, out IDeviceFile handle))
        {
            return 0;
        }

        try
        {
            return handle.Read(offset, destination);
        }
        finally
        {
            file.Unpin();
        }
    }

    // False when the file was never created: nothing of that segment became durable.
    private bool TryPin(int number, out SegmentFile file, out IDeviceFile handle)
    {
        file = files.Claim(number);
        if (file.Handle is null && !files.Exists(file))
        {
            handle = null!;
            return false;
        }

        handle = files.Pin(file);
        return true;
    }
}
