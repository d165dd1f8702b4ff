using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>
/// The first page of a segment file: which segment of which pool lies in it, and the facts of the superblock that repair finds nowhere else.
/// Batches follow from <see cref="Bytes"/>.
/// </summary>
/// <param name="Salt">The pool's <see cref="Superblock.Salt"/>.</param>
/// <param name="Segment">The segment's number.</param>
/// <param name="File">The number in the file's name.</param>
/// <param name="GranuleLog2">The base-two logarithm of a slot's bytes.</param>
/// <param name="SegmentBytes">The bytes of a segment, one size for the whole pool.</param>
/// <param name="PoolId">The pool's identity.</param>
/// <param name="PoolCreated">When the pool was created, UTC ticks.</param>
internal readonly record struct SegmentHeader(ulong Salt, long Segment, int File, int GranuleLog2, int SegmentBytes, Guid PoolId, long PoolCreated)
{
    public const int Bytes = FormatVersion.PageBytes;

    private const ulong Magic = 0x31_47_45_53_50_4E_53_42; // "BSNPSEG1"
    private const int ChecksumAt = 8;
    private const int SaltAt = ChecksumAt + 8;
    private const int SegmentAt = SaltAt + 8;
    private const int FileAt = SegmentAt + 8;
    private const int SegmentBytesAt = FileAt + 4;
    private const int GranuleAt = SegmentBytesAt + 4;
    private const int VersionAt = GranuleAt + 4;
    private const int PoolIdAt = VersionAt + 4;
    private const int PoolCreatedAt = PoolIdAt + 16;
    private const int EndAt = PoolCreatedAt + 8;

    public void Encode(Span<byte> page)
    {
        page = page[..Bytes];
        page.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(page[SaltAt..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(page[SegmentAt..], Segment);
        BinaryPrimitives.WriteInt32LittleEndian(page[FileAt..], File);
        BinaryPrimitives.WriteInt32LittleEndian(page[SegmentBytesAt..], SegmentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(page[GranuleAt..], GranuleLog2);
        BinaryPrimitives.WriteInt32LittleEndian(page[VersionAt..], FormatVersion.Current);
        PoolId.TryWriteBytes(page[PoolIdAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[PoolCreatedAt..], PoolCreated);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumAt..], BlockChecksum.Compute(page[SaltAt..EndAt]));
    }

    /// <summary>Reads the page: false when it is not the header of any segment.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> page, out SegmentHeader header)
    {
        header = default;
        if (page.Length < EndAt
            || BinaryPrimitives.ReadUInt64LittleEndian(page) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumAt..]) != BlockChecksum.Compute(page[SaltAt..EndAt])
            || BinaryPrimitives.ReadInt32LittleEndian(page[VersionAt..]) != FormatVersion.Current)
        {
            return false;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(page[SaltAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[SegmentAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(page[FileAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(page[GranuleAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(page[SegmentBytesAt..]),
            new Guid(page.Slice(PoolIdAt, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(page[PoolCreatedAt..]));
        return header.GranuleLog2 is >= FormatVersion.GranuleLog2Min and <= FormatVersion.GranuleLog2Max;
    }
}
