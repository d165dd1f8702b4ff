using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>
/// Plans a container (which blocks of which segments, where they will lie) and puts it together in a buffer: header, one entry per
/// segment, the records, then the kept granules. For one thread.
/// </summary>
internal sealed class ContainerBuilder(int segmentBytes)
{
    private readonly List<Part> _parts = [];
    private long _indexBytes = ContainerHeader.Bytes;
    private long _dataBytes;

    /// <summary>Reads blocks that lie side by side into a buffer of their length, proving each.</summary>
    public delegate void RunReader(SegmentInfo segment, ReadOnlySpan<LogRecord> run, Span<byte> destination);

    /// <summary>Where each segment lies in the container; filled by <see cref="Build"/>.</summary>
    public List<(SegmentInfo Segment, ContainerPlacement Placement)> Placements { get; } = [];

    /// <summary>The size of the container's file.</summary>
    public long Bytes => RoundUp(_indexBytes) + _dataBytes;

    /// <summary>How many bytes these segments add to a container.</summary>
    public static long BytesOf(List<(SegmentInfo Segment, List<LogRecord> Kept)> segments) =>
        segments.Sum(part => ContainerHeader.EntryBytes + ((long)part.Kept.Count * LogRecord.Bytes) + RoundUp(DataBytes(part.Segment, part.Kept)));

    /// <summary>
    /// How many bytes a segment adds beside its blocks, roughly: an entry of the index, and the rest of a page, since each segment's blocks begin
    /// with a page of their own.
    /// </summary>
    public static long PaddingOf(SegmentInfo segment) =>
        ContainerHeader.EntryBytes + (FormatVersion.PageBytes - (1 << Math.Min(segment.GranuleLog2, FormatVersion.GranuleLog2Max)));

    /// <summary>Takes in the segments of one file, or none of them when they do not fit any more.</summary>
    public bool TryAdd(List<(SegmentInfo Segment, List<LogRecord> Kept)> segments)
    {
        var parts = new List<Part>();
        long index = _indexBytes;
        long data = _dataBytes;
        foreach ((SegmentInfo segment, List<LogRecord> kept) in segments)
        {
            kept.Sort(static (a, b) => a.Slot.CompareTo(b.Slot));
            int bytes = DataBytes(segment, kept);
            parts.Add(new Part(segment, [.. kept], bytes));
            index += ContainerHeader.EntryBytes + (kept.Count * LogRecord.Bytes);
            data += RoundUp(bytes);
        }

        if (RoundUp(index) + data > segmentBytes)
        {
            return false;
        }

        _parts.AddRange(parts);
        _indexBytes = index;
        _dataBytes = data;
        return true;
    }

    /// <summary>Puts the file together; returns its bytes.</summary>
    public int Build(Span<byte> image, int file, ulong salt, RunReader read)
    {
        int dataAt = (int)RoundUp(_indexBytes);
        int recordsAt = ContainerHeader.Bytes + (_parts.Count * ContainerHeader.EntryBytes);
        image[..dataAt].Clear();
        for (int i = 0; i < _parts.Count; i++)
        {
            Part part = _parts[i];
            Span<byte> entry = image[(ContainerHeader.Bytes + (i * ContainerHeader.EntryBytes))..];
            ContainerHeader.EncodeEntry(entry, part.Segment.Number, part.Segment.GranuleLog2, part.Records.Length, recordsAt, dataAt);
            Placements.Add((part.Segment, new ContainerPlacement(dataAt, recordsAt, part.Records.Length, SlotMap.Of(part.Records, part.Segment))));
            for (int r = 0; r < part.Records.Length; r++)
            {
                part.Records[r].Encode(image[(recordsAt + (r * LogRecord.Bytes))..]);
            }

            Copy(part, image.Slice(dataAt, (int)RoundUp(part.DataBytes)), read);
            recordsAt += part.Records.Length * LogRecord.Bytes;
            dataAt += (int)RoundUp(part.DataBytes);
        }

        ContainerHeader.Seal(image[..(int)_indexBytes], salt, file, _parts.Count);
        return dataAt;
    }

    // Blocks that lie side by side are read together.
    private static void Copy(Part part, Span<byte> data, RunReader read)
    {
        SegmentInfo segment = part.Segment;
        int at = 0;
        for (int first = 0; first < part.Records.Length;)
        {
            int count = 1;
            int bytes = segment.PaddedBytesOf(part.Records[first].StoredBytes);
            while (first + count < part.Records.Length && EndOf(segment, part.Records[first + count - 1]) == part.Records[first + count].Slot)
            {
                bytes += segment.PaddedBytesOf(part.Records[first + count].StoredBytes);
                count++;
            }

            read(segment, part.Records.AsSpan(first, count), data.Slice(at, bytes));
            at += bytes;
            first += count;
        }

        data[at..].Clear();
    }

    private static int EndOf(SegmentInfo segment, in LogRecord record) => record.Slot + segment.GranulesOf(record.StoredBytes);

    private static int DataBytes(SegmentInfo segment, List<LogRecord> kept) =>
        kept.Sum(record => segment.PaddedBytesOf(record.StoredBytes));

    private static long RoundUp(long bytes) => (bytes + FormatVersion.PageBytes - 1) / FormatVersion.PageBytes * FormatVersion.PageBytes;

    private sealed record Part(SegmentInfo Segment, LogRecord[] Records, int DataBytes);
}
