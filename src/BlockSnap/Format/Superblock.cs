using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BlockSnap.Format;

/// <summary>
/// The root that names it all. It has two slots, written in turn, the same in "superblock" and "superblock-copy"; its sequence grows by one
/// (I8). Encode and decode are the only places that know the layout.
/// </summary>
internal sealed record Superblock
{
    public const int SlotCount = 2;
    public const int SlotBytes = FormatVersion.PageBytes;

    /// <summary>What a caller of the public block store may publish, and the store's mark in front of it.</summary>
    public const int RootBytesMax = 1024 + 8;

    /// <summary>The sizes that a segment can have; powers of two.</summary>
    public const int SegmentBytesMin = 64 << 10;
    public const int SegmentBytesMax = 256 << 20;

    private const ulong Magic = 0x31_50_4E_53_4B_4C_42_00; // "\0BLKSNP1" little-endian
    private const int MagicAt = 0;
    private const int VersionAt = MagicAt + 8;
    private const int ChecksumAlgorithmAt = VersionAt + 4;
    private const int CleanAt = ChecksumAlgorithmAt + 1;
    private const int ReleaseFileAt = CleanAt + 1;
    private const int SequenceAt = 16;
    private const int PoolIdAt = SequenceAt + 8;
    private const int CreatedAt = PoolIdAt + 16;
    private const int SegmentBytesAt = CreatedAt + 8;
    private const int FileCountAt = SegmentBytesAt + 4;
    private const int NextSegmentAt = FileCountAt + 4;
    private const int NextBatchAt = NextSegmentAt + 8;
    private const int ReplaySegmentAt = NextBatchAt + 8;
    private const int ReplayFileAt = ReplaySegmentAt + 8;
    private const int ReplayOffsetAt = ReplayFileAt + 4;
    private const int TablePagesAt = ReplayOffsetAt + 4;
    private const int ReleaseCountAt = TablePagesAt + 4;
    private const int TableChecksumAt = ReleaseCountAt + 4;
    private const int ReleaseChecksumAt = TableChecksumAt + 8;
    private const int RootLengthAt = ReleaseChecksumAt + 8;
    private const int RequiredFeaturesAt = RootLengthAt + 4;
    private const int OptionalFeaturesAt = RequiredFeaturesAt + 4;
    private const int RootAt = OptionalFeaturesAt + 8;
    private const int ChecksumAt = SlotBytes - 8;

    public required Guid PoolId { get; init; }

    /// <summary>When the pool was created, UTC ticks.</summary>
    public required long Created { get; init; }

    public required int SegmentBytes { get; init; }

    /// <summary>Number of this superblock; the slot is its lowest bit.</summary>
    public required long Sequence { get; init; }

    /// <summary>Whether nothing was appended to the log after this superblock's replay position.</summary>
    public required bool Clean { get; init; }

    /// <summary>Segment files ever created, numbered from 0; those that no segment lives in are free.</summary>
    public required int FileCount { get; init; }

    /// <summary>The number of the next segment (I13).</summary>
    public required long NextSegment { get; init; }

    /// <summary>The sequence of the first batch of the replay.</summary>
    public required long NextBatch { get; init; }

    /// <summary>The number of the segment in which replay begins; 0 when there is no segment yet.</summary>
    public required long ReplaySegment { get; init; }

    /// <summary>The file of that segment.</summary>
    public required int ReplayFile { get; init; }

    /// <summary>The offset of the first batch of the replay.</summary>
    public required int ReplayOffset { get; init; }

    public required int TablePages { get; init; }

    /// <summary>XXH3 over the checksums of the table's pages: ties the table to this superblock.</summary>
    public required ulong TableChecksum { get; init; }

    /// <summary>Which of the two files holds the pending releases.</summary>
    public required byte ReleaseFile { get; init; }

    /// <summary>Entries in that file.</summary>
    public required int ReleaseCount { get; init; }

    /// <summary>XXH3 over those entries.</summary>
    public required ulong ReleaseChecksum { get; init; }

    /// <summary>The root that the floors above publish: opaque here.</summary>
    public required byte[] Root { get; init; }

    /// <summary>What tells this pool's structures from another's: every segment header, batch and container has it.</summary>
    public ulong Salt
    {
        get
        {
            Guid id = PoolId;
            return BlockChecksum.Compute(MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in id)));
        }
    }

    /// <summary>Writes the page, checksum last.</summary>
    public void Encode(Span<byte> page)
    {
        page = page[..SlotBytes];
        page.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page[MagicAt..], Magic);
        BinaryPrimitives.WriteInt32LittleEndian(page[VersionAt..], FormatVersion.Current);
        page[ChecksumAlgorithmAt] = BlockChecksum.AlgorithmXxh3;
        page[CleanAt] = Clean ? (byte)1 : (byte)0;
        page[ReleaseFileAt] = ReleaseFile;
        BinaryPrimitives.WriteInt64LittleEndian(page[SequenceAt..], Sequence);
        PoolId.TryWriteBytes(page[PoolIdAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[CreatedAt..], Created);
        BinaryPrimitives.WriteInt32LittleEndian(page[SegmentBytesAt..], SegmentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(page[FileCountAt..], FileCount);
        BinaryPrimitives.WriteInt64LittleEndian(page[NextSegmentAt..], NextSegment);
        BinaryPrimitives.WriteInt64LittleEndian(page[NextBatchAt..], NextBatch);
        BinaryPrimitives.WriteInt64LittleEndian(page[ReplaySegmentAt..], ReplaySegment);
        BinaryPrimitives.WriteInt32LittleEndian(page[ReplayFileAt..], ReplayFile);
        BinaryPrimitives.WriteInt32LittleEndian(page[ReplayOffsetAt..], ReplayOffset);
        BinaryPrimitives.WriteInt32LittleEndian(page[TablePagesAt..], TablePages);
        BinaryPrimitives.WriteInt32LittleEndian(page[ReleaseCountAt..], ReleaseCount);
        BinaryPrimitives.WriteUInt64LittleEndian(page[TableChecksumAt..], TableChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ReleaseChecksumAt..], ReleaseChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(page[RootLengthAt..], Root.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(page[RequiredFeaturesAt..], FormatVersion.RequiredFeatures);
        BinaryPrimitives.WriteUInt32LittleEndian(page[OptionalFeaturesAt..], FormatVersion.OptionalFeatures);
        Root.CopyTo(page[RootAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumAt..], BlockChecksum.Compute(page[..ChecksumAt]));
    }

    /// <summary>Reads a page: null when it is not a whole superblock.</summary>
    /// <exception cref="UnsupportedFormatException">
    /// It is one, of a version, a checksum algorithm or features that this build does not know.
    /// </exception>
    public static Superblock? Decode(ReadOnlySpan<byte> page)
    {
        if (page.Length < SlotBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(page[MagicAt..]) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumAt..]) != BlockChecksum.Compute(page[..ChecksumAt]))
        {
            return null;
        }

        ThrowIfUnsupported(page);
        return ReadFields(page);
    }

    /// <summary>
    /// Refuses numbers that are never written. A checksum proves that a superblock is what was written, not that what wrote it was right: no
    /// number may lead into a loop without end or beyond the memory.
    /// </summary>
    /// <exception cref="PoolCorruptedException">A field has a value that is never written.</exception>
    public void ThrowIfNonsense()
    {
        if (SegmentBytes < SegmentBytesMin || SegmentBytes > SegmentBytesMax || !int.IsPow2(SegmentBytes))
        {
            throw Nonsense($"a segment would have {SegmentBytes} bytes");
        }

        if (Created < 0 || Created > DateTime.MaxValue.Ticks)
        {
            throw Nonsense($"{Created} is no time");
        }

        if (Sequence is < 1 or > long.MaxValue / 2
            || NextBatch is < 1 or > long.MaxValue / 2
            || NextSegment is < 1 or > BlockId.SegmentMax
            || ReplaySegment < 0
            || ReplaySegment >= NextSegment)
        {
            throw Nonsense(
                $"sequence {Sequence}, batch {NextBatch}, segment {NextSegment} and replay from segment {ReplaySegment} do not go together");
        }

        if (FileCount < 0
            || TablePages < 0
            || ReleaseCount < 0
            || ReplayFile < 0
            || ReplayOffset < 0
            || ReplayOffset > SegmentBytes
            || ReplayOffset % BlockSize.MinimumBytes != 0)
        {
            throw Nonsense(
                $"{FileCount} files, {TablePages} table pages, {ReleaseCount} releases "
                + $"and replay from file {ReplayFile} at {ReplayOffset} do not go together");
        }
    }

    // Called before anything else is interpreted. Unknown optional features are passed over; the next superblock written drops them, so that
    // a build that knows them sees that they were not kept up.
    private static void ThrowIfUnsupported(ReadOnlySpan<byte> page)
    {
        int version = BinaryPrimitives.ReadInt32LittleEndian(page[VersionAt..]);
        if (version != FormatVersion.Current)
        {
            throw new UnsupportedFormatException("superblock", version, FormatVersion.Current);
        }

        if (page[ChecksumAlgorithmAt] != BlockChecksum.AlgorithmXxh3)
        {
            throw new UnsupportedFormatException("superblock", "checksum algorithm", page[ChecksumAlgorithmAt], BlockChecksum.AlgorithmXxh3);
        }

        uint required = BinaryPrimitives.ReadUInt32LittleEndian(page[RequiredFeaturesAt..]);
        if ((required & ~FormatVersion.RequiredFeatures) != 0)
        {
            throw new UnsupportedFormatException("superblock", "required features", required, FormatVersion.RequiredFeatures);
        }
    }

    private static Superblock? ReadFields(ReadOnlySpan<byte> page)
    {
        int rootLength = BinaryPrimitives.ReadInt32LittleEndian(page[RootLengthAt..]);
        return rootLength is < 0 or > RootBytesMax ? null : new Superblock
        {
            PoolId = new Guid(page.Slice(PoolIdAt, 16)),
            Created = BinaryPrimitives.ReadInt64LittleEndian(page[CreatedAt..]),
            SegmentBytes = BinaryPrimitives.ReadInt32LittleEndian(page[SegmentBytesAt..]),
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(page[SequenceAt..]),
            Clean = page[CleanAt] != 0,
            ReleaseFile = (byte)(page[ReleaseFileAt] & 1),
            FileCount = BinaryPrimitives.ReadInt32LittleEndian(page[FileCountAt..]),
            NextSegment = BinaryPrimitives.ReadInt64LittleEndian(page[NextSegmentAt..]),
            NextBatch = BinaryPrimitives.ReadInt64LittleEndian(page[NextBatchAt..]),
            ReplaySegment = BinaryPrimitives.ReadInt64LittleEndian(page[ReplaySegmentAt..]),
            ReplayFile = BinaryPrimitives.ReadInt32LittleEndian(page[ReplayFileAt..]),
            ReplayOffset = BinaryPrimitives.ReadInt32LittleEndian(page[ReplayOffsetAt..]),
            TablePages = BinaryPrimitives.ReadInt32LittleEndian(page[TablePagesAt..]),
            ReleaseCount = BinaryPrimitives.ReadInt32LittleEndian(page[ReleaseCountAt..]),
            TableChecksum = BinaryPrimitives.ReadUInt64LittleEndian(page[TableChecksumAt..]),
            ReleaseChecksum = BinaryPrimitives.ReadUInt64LittleEndian(page[ReleaseChecksumAt..]),
            Root = page.Slice(RootAt, rootLength).ToArray(),
        };
    }

    private static PoolCorruptedException Nonsense(string what) => new("superblock", $"its checksum is right, but {what}");
}
