using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Puts a container together in memory: header, one entry per segment, the records, then the kept granules. For one thread.</summary>
internal sealed class ContainerBuilder(int file, ulong salt, int segmentBytes)
{
    private readonly List<Part> _parts = [];
    private byte[]? _image;

    /// <summary>Reads one block into a buffer of its length, proving it.</summary>
    public delegate void BlockReader(in LogRecord record, Span<byte> destination);

    /// <summary>Where a segment's part lies.</summary>
    public readonly record struct Placement(int DataOffset, int IndexOffset, int RecordCount, SlotMap Kept);

    private sealed record Part(SegmentInfo Segment, List<LogRecord> Records, byte[] Data);

    /// <summary>Where each segment came to lie; valid after <see cref="Finish"/>.</summary>
    public List<(SegmentInfo Segment, Placement Placement)> Placements { get; } = [];

    /// <summary>Whether so much more fits into one file.</summary>
    public bool HasRoomFor(List<(SegmentInfo Segment, List<LogRecord> Kept)> parts)
    {
        long index = ContainerHeader.Bytes;
        long data = 0;
        foreach (Part part in _parts)
        {
            index += ContainerHeader.EntryBytes + (part.Records.Count * LogRecord.Bytes);
            data += RoundUp(part.Data.Length);
        }

        foreach ((SegmentInfo segment, List<LogRecord> kept) in parts)
        {
            index += ContainerHeader.EntryBytes + (kept.Count * LogRecord.Bytes);
            data += RoundUp(DataBytes(segment, kept));
        }

        return RoundUp(index) + data <= segmentBytes;
    }

    public void Add(SegmentInfo segment, List<LogRecord> kept, BlockReader read)
    {
        kept.Sort((a, b) => a.Slot.CompareTo(b.Slot));
        byte[] data = new byte[DataBytes(segment, kept)];
        int at = 0;
        foreach (LogRecord record in kept)
        {
            read(record, data.AsSpan(at, record.StoredBytes));
            at += segment.GranulesOf(record.StoredBytes) << segment.GranuleLog2;
        }

        _parts.Add(new Part(segment, kept, data));
    }

    /// <summary>Takes parts out again.</summary>
    public void Undo(List<SegmentInfo> segments) => _parts.RemoveAll(part => segments.Contains(part.Segment));

    /// <summary>The whole file.</summary>
    public Memory<byte> Finish()
    {
        int indexBytes = ContainerHeader.Bytes + _parts.Sum(part => ContainerHeader.EntryBytes + (part.Records.Count * LogRecord.Bytes));
        int dataAt = (int)RoundUp(indexBytes);
        _image = new byte[dataAt + _parts.Sum(part => (int)RoundUp(part.Data.Length))];
        int recordsAt = ContainerHeader.Bytes + (_parts.Count * ContainerHeader.EntryBytes);
        for (int i = 0; i < _parts.Count; i++)
        {
            Part part = _parts[i];
            ContainerHeader.EncodeEntry(
                _image.AsSpan(ContainerHeader.Bytes + (i * ContainerHeader.EntryBytes)), part.Segment.Number, part.Segment.GranuleLog2, part.Records.Count, recordsAt, dataAt);
            var kept = new (int, int)[part.Records.Count];
            for (int r = 0; r < part.Records.Count; r++)
            {
                LogRecord record = part.Records[r];
                record.Encode(_image.AsSpan(recordsAt + (r * LogRecord.Bytes)));
                kept[r] = (record.Slot, part.Segment.GranulesOf(record.StoredBytes));
            }

            part.Data.CopyTo(_image, dataAt);
            Placements.Add((part.Segment, new Placement(dataAt, recordsAt, part.Records.Count, new SlotMap(kept, part.Segment.SlotCount))));
            recordsAt += part.Records.Count * LogRecord.Bytes;
            dataAt += (int)RoundUp(part.Data.Length);
        }

        ContainerHeader.Seal(_image.AsSpan(0, indexBytes), salt, file, _parts.Count);
        return _image;
    }

    private static int DataBytes(SegmentInfo segment, List<LogRecord> records) =>
        records.Sum(record => segment.GranulesOf(record.StoredBytes) << segment.GranuleLog2);

    private static long RoundUp(long bytes) => (bytes + FormatVersion.PageBytes - 1) / FormatVersion.PageBytes * FormatVersion.PageBytes;
}
