using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>
/// A page of the segment table. Each page has two places in the file "segments"; a checkpoint writes the one that the valid superblock
/// does not use, so that a torn write never touches what is needed.
/// </summary>
internal static class TablePage
{
    public const int Bytes = FormatVersion.PageBytes;
    public const int HeadBytes = 64;
    public const int RowsPerPage = (Bytes - HeadBytes) / TableRow.Bytes;

    private const uint Magic = 0x31_54_53_42; // "BST1"
    private const int IndexAt = 4;
    private const int ChecksumAt = 8;
    private const int SequenceAt = 16;

    /// <summary>The offset in the file of one of a page's two places.</summary>
    public static long PlaceOf(int page, int version) => ((page * 2L) + version) * Bytes;

    public static Span<byte> Row(Span<byte> page, int row) => page.Slice(HeadBytes + (row * TableRow.Bytes), TableRow.Bytes);

    public static ReadOnlySpan<byte> Row(ReadOnlySpan<byte> page, int row) => page.Slice(HeadBytes + (row * TableRow.Bytes), TableRow.Bytes);

    /// <summary>Writes the head over rows already in place; returns the page's checksum.</summary>
    public static ulong Seal(Span<byte> page, int index, long sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(page, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(page[IndexAt..], index);
        BinaryPrimitives.WriteInt64LittleEndian(page[SequenceAt..], sequence);
        ulong checksum = Checksum(page);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumAt..], checksum);
        return checksum;
    }

    /// <summary>Proves a page, and tells which checkpoint wrote it and its checksum.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> page, int index, out long sequence, out ulong checksum)
    {
        sequence = BinaryPrimitives.ReadInt64LittleEndian(page[SequenceAt..]);
        checksum = BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumAt..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(page) == Magic
            && BinaryPrimitives.ReadInt32LittleEndian(page[IndexAt..]) == index
            && checksum == Checksum(page);
    }

    // The page's index stands before the checksum and is folded in, so that it cannot be damaged unseen.
    private static ulong Checksum(ReadOnlySpan<byte> page)
    {
        ulong index = BinaryPrimitives.ReadUInt32LittleEndian(page[IndexAt..]);
        return BlockChecksum.Compute(page[SequenceAt..Bytes]) ^ (index * FormatVersion.PageCountFold);
    }
}
