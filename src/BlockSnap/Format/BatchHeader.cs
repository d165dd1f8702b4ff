using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>
/// The head of a batch: one or more pages with the batch's records, followed by the data blocks they name. Segment number, place and
/// sequence stand under the checksum, so that what an earlier life of the file left behind is never taken for part of the log.
/// </summary>
internal readonly record struct BatchHeader
{
    public const int Bytes = 96;

    private const uint Magic = 0x31_42_53_42; // "BSB1"
    private const int PagesAt = 4;
    private const int ChecksumAt = 8;
    private const int SaltAt = ChecksumAt + 8;
    private const int SegmentAt = SaltAt + 8;
    private const int SequenceAt = SegmentAt + 8;
    private const int DurableAt = SequenceAt + 8;
    private const int TimeAt = DurableAt + 8;
    private const int OffsetAt = TimeAt + 8;
    private const int DataBytesAt = OffsetAt + 4;
    private const int RecordBytesAt = DataBytesAt + 4;
    private const int NextFileAt = RecordBytesAt + 4;

    public required ulong Salt { get; init; }

    public required long Segment { get; init; }

    /// <summary>Number of the batch in the log: grows by one from batch to batch, across segments.</summary>
    public required long Sequence { get; init; }

    /// <summary>Every batch up to this one was durable when this one was closed: recovery need not read its data.</summary>
    public required long DurableSequence { get; init; }

    /// <summary>When the batch was closed, UTC ticks.</summary>
    public required long Time { get; init; }

    /// <summary>Where the batch begins in its segment file.</summary>
    public required int Offset { get; init; }

    /// <summary>Pages before the data.</summary>
    public required int Pages { get; init; }

    public required int DataBytes { get; init; }

    /// <summary>Bytes of records behind the header.</summary>
    public required int RecordBytes { get; init; }

    /// <summary>Only in the last batch of a segment: the file in which the next segment begins; otherwise -1.</summary>
    public required int NextFile { get; init; }

    public bool IsLast => NextFile >= 0;

    /// <summary>Bytes of the whole batch.</summary>
    public int TotalBytes => (Pages * FormatVersion.PageBytes) + DataBytes;

    /// <summary>Writes the header in front of records that are already in place.</summary>
    public void Encode(Span<byte> pages)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(pages, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(pages[PagesAt..], Pages);
        BinaryPrimitives.WriteUInt64LittleEndian(pages[SaltAt..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(pages[SegmentAt..], Segment);
        BinaryPrimitives.WriteInt64LittleEndian(pages[SequenceAt..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(pages[DurableAt..], DurableSequence);
        BinaryPrimitives.WriteInt64LittleEndian(pages[TimeAt..], Time);
        BinaryPrimitives.WriteInt32LittleEndian(pages[OffsetAt..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(pages[DataBytesAt..], DataBytes);
        BinaryPrimitives.WriteInt32LittleEndian(pages[RecordBytesAt..], RecordBytes);
        BinaryPrimitives.WriteInt32LittleEndian(pages[NextFileAt..], NextFile);
        pages[(NextFileAt + 4)..Bytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(pages[ChecksumAt..], Checksum(pages, Pages, RecordBytes));
    }

    /// <summary>
    /// How many pages the header at the start of <paramref name="page"/> says it has, or 0 when it cannot be one. Not trusted yet:
    /// with that many pages read, <see cref="TryDecode"/> decides.
    /// </summary>
    public static int PeekPages(ReadOnlySpan<byte> page, int pagesMax)
    {
        if (page.Length < FormatVersion.PageBytes || BinaryPrimitives.ReadUInt32LittleEndian(page) != Magic)
        {
            return 0;
        }

        int pages = BinaryPrimitives.ReadInt32LittleEndian(page[PagesAt..]);
        return pages >= 1 && pages <= pagesMax ? pages : 0;
    }

    /// <summary>Whether a head may begin here: worth a closer look.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic;

    /// <summary>Reads and proves a header with all its pages.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> pages, out BatchHeader header)
    {
        header = default;
        int pageCount = PeekPages(pages, pages.Length / FormatVersion.PageBytes);
        if (pageCount == 0)
        {
            return false;
        }

        int recordBytes = BinaryPrimitives.ReadInt32LittleEndian(pages[RecordBytesAt..]);
        int dataBytes = BinaryPrimitives.ReadInt32LittleEndian(pages[DataBytesAt..]);
        if (recordBytes < 0 || recordBytes % LogRecord.Bytes != 0 || recordBytes > (pageCount * FormatVersion.PageBytes) - Bytes || dataBytes < 0
            || BinaryPrimitives.ReadUInt64LittleEndian(pages[ChecksumAt..]) != Checksum(pages, pageCount, recordBytes))
        {
            return false;
        }

        header = new BatchHeader
        {
            Salt = BinaryPrimitives.ReadUInt64LittleEndian(pages[SaltAt..]),
            Segment = BinaryPrimitives.ReadInt64LittleEndian(pages[SegmentAt..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(pages[SequenceAt..]),
            DurableSequence = BinaryPrimitives.ReadInt64LittleEndian(pages[DurableAt..]),
            Time = BinaryPrimitives.ReadInt64LittleEndian(pages[TimeAt..]),
            Offset = BinaryPrimitives.ReadInt32LittleEndian(pages[OffsetAt..]),
            Pages = pageCount,
            DataBytes = dataBytes,
            RecordBytes = recordBytes,
            NextFile = BinaryPrimitives.ReadInt32LittleEndian(pages[NextFileAt..]),
        };
        return true;
    }

    // The page count stands before the checksum and is folded in, so that it cannot be damaged unseen.
    private static ulong Checksum(ReadOnlySpan<byte> pages, int pageCount, int recordBytes) =>
        BlockChecksum.Compute(pages[SaltAt..(Bytes + recordBytes)]) ^ ((ulong)pageCount * FormatVersion.PageCountFold);
}
