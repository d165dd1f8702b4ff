using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>
/// The head of a container file: what compaction kept of several segments. The index behind it has, per segment, an entry of
/// <see cref="EntryBytes"/> and one record per kept block in slot order; the kept granules follow in the same order, so that the rank of
/// a slot among the kept ones is its place.
/// </summary>
internal static class ContainerHeader
{
    public const int Bytes = 64;
    public const int EntryBytes = 32;

    private const ulong Magic = 0x31_4E_4F_43_50_4E_53_42; // "BSNPCON1"
    private const int ChecksumAt = 8;
    private const int SaltAt = ChecksumAt + 8;
    private const int FileAt = SaltAt + 8;
    private const int SegmentsAt = FileAt + 4;
    private const int IndexBytesAt = SegmentsAt + 4;

    // In an entry, behind the segment's number.
    private const int GranuleAt = 8;
    private const int RecordCountAt = GranuleAt + 4;
    private const int RecordsOffsetAt = RecordCountAt + 4;
    private const int DataOffsetAt = RecordsOffsetAt + 4;

    /// <summary>Seals a whole index (header, entries, records) that is in place behind the header.</summary>
    public static void Seal(Span<byte> index, ulong salt, int file, int segments)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(index, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(index[SaltAt..], salt);
        BinaryPrimitives.WriteInt32LittleEndian(index[FileAt..], file);
        BinaryPrimitives.WriteInt32LittleEndian(index[SegmentsAt..], segments);
        BinaryPrimitives.WriteInt32LittleEndian(index[IndexBytesAt..], index.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(index[ChecksumAt..], BlockChecksum.Compute(index[SaltAt..]));
    }

    /// <summary>How many bytes a header says its index has, or 0 when it cannot be one. Not trusted yet: <see cref="Prove"/> decides.</summary>
    public static int PeekIndexBytes(ReadOnlySpan<byte> header)
    {
        if (header.Length < Bytes || BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic)
        {
            return 0;
        }

        int bytes = BinaryPrimitives.ReadInt32LittleEndian(header[IndexBytesAt..]);
        return bytes < Bytes ? 0 : bytes;
    }

    /// <summary>Whether a whole index belongs to this pool and file and is what was written.</summary>
    public static bool Prove(ReadOnlySpan<byte> index, ulong salt, int file) =>
        index.Length >= Bytes
        && BinaryPrimitives.ReadUInt64LittleEndian(index) == Magic
        && BinaryPrimitives.ReadUInt64LittleEndian(index[SaltAt..]) == salt
        && BinaryPrimitives.ReadInt32LittleEndian(index[FileAt..]) == file
        && BinaryPrimitives.ReadInt32LittleEndian(index[IndexBytesAt..]) == index.Length
        && BinaryPrimitives.ReadUInt64LittleEndian(index[ChecksumAt..]) == BlockChecksum.Compute(index[SaltAt..]);

    /// <summary>How many segments a proven index has.</summary>
    public static int Segments(ReadOnlySpan<byte> index) => BinaryPrimitives.ReadInt32LittleEndian(index[SegmentsAt..]);

    /// <summary>Reads an entry of a proven index.</summary>
    public static (long Segment, int GranuleLog2, int RecordCount, int RecordsOffset, int DataOffset) DecodeEntry(ReadOnlySpan<byte> entry) => (
        BinaryPrimitives.ReadInt64LittleEndian(entry),
        BinaryPrimitives.ReadInt32LittleEndian(entry[GranuleAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[RecordCountAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[RecordsOffsetAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[DataOffsetAt..]));

    public static void EncodeEntry(Span<byte> entry, long segment, int granuleLog2, int recordCount, int recordsOffset, int dataOffset)
    {
        entry[..EntryBytes].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(entry, segment);
        BinaryPrimitives.WriteInt32LittleEndian(entry[GranuleAt..], granuleLog2);
        BinaryPrimitives.WriteInt32LittleEndian(entry[RecordCountAt..], recordCount);
        BinaryPrimitives.WriteInt32LittleEndian(entry[RecordsOffsetAt..], recordsOffset);
        BinaryPrimitives.WriteInt32LittleEndian(entry[DataOffsetAt..], dataOffset);
    }
}
