using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>A segment in the segment table: where it lies, how much of it is alive, and which version of its counts is valid.</summary>
internal readonly record struct TableRow
{
    public const int Bytes = 64;

    private const int FileAt = 8;
    private const int SlotsAt = FileAt + 4;
    private const int LiveAt = SlotsAt + 4;
    private const int DataAt = LiveAt + 4;
    private const int IndexAt = DataAt + 4;
    private const int RecordsAt = IndexAt + 4;
    private const int GranuleAt = RecordsAt + 4;
    private const int RelocatedAt = GranuleAt + 1;
    private const int CountsVersionAt = RelocatedAt + 1;
    private const int CountsAt = GranuleAt + 8;
    private const int FileBytesAt = CountsAt + 8;
    private const int NodesAt = FileBytesAt + 4;

    /// <summary>The segment's number; 0 for a free row.</summary>
    public required long Segment { get; init; }

    /// <summary>The file it lies in.</summary>
    public required int File { get; init; }

    /// <summary>Bytes of that file.</summary>
    public required int FileBytes { get; init; }

    /// <summary>Granules used when it was written: slots are below this.</summary>
    public required int SlotCount { get; init; }

    /// <summary>Bytes of blocks with at least one reference (I4).</summary>
    public required int LiveBytes { get; init; }

    /// <summary>Those of them that are map nodes.</summary>
    public required int NodeBytes { get; init; }

    /// <summary>Only in a container: where its data begin in the file.</summary>
    public required int DataOffset { get; init; }

    /// <summary>Only in a container: where its records begin in the index.</summary>
    public required int IndexOffset { get; init; }

    /// <summary>Only in a container: the number of its records.</summary>
    public required int RecordCount { get; init; }

    public required byte GranuleLog2 { get; init; }

    /// <summary>Whether it was moved into a container.</summary>
    public required bool Relocated { get; init; }

    /// <summary>Which of the two places of its counts is valid.</summary>
    public required byte CountsVersion { get; init; }

    /// <summary>Checksum of the valid counts.</summary>
    public required ulong CountsChecksum { get; init; }

    /// <summary>
    /// Refuses numbers that are never written. A checksum proves what was written, not that it makes sense: no row may lead out of its file
    /// or its memory.
    /// </summary>
    /// <exception cref="PoolCorruptedException">A field has a value that is never written.</exception>
    public void ThrowIfNonsense(Superblock superblock)
    {
        int segmentBytes = superblock.SegmentBytes;
        if (Segment < 1 || Segment >= superblock.NextSegment
            || GranuleLog2 is < FormatVersion.GranuleLog2Min or > FormatVersion.GranuleLog2Max
            || File < 0 || File >= superblock.FileCount
            || FileBytes < 1 || FileBytes > segmentBytes
            || SlotCount < 0 || SlotCount > segmentBytes >> GranuleLog2
            || LiveBytes < 0 || LiveBytes > segmentBytes
            || NodeBytes < 0 || NodeBytes > segmentBytes
            || DataOffset < 0 || DataOffset > segmentBytes
            || IndexOffset < 0 || IndexOffset > segmentBytes
            || RecordCount < 0 || RecordCount > SlotCount)
        {
            throw new PoolCorruptedException("segments", $"its checksum is right, but the row of segment {Segment} is nonsense: {this}");
        }
    }

    public void Encode(Span<byte> row)
    {
        row = row[..Bytes];
        row.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(row, Segment);
        BinaryPrimitives.WriteInt32LittleEndian(row[FileAt..], File);
        BinaryPrimitives.WriteInt32LittleEndian(row[SlotsAt..], SlotCount);
        BinaryPrimitives.WriteInt32LittleEndian(row[LiveAt..], LiveBytes);
        BinaryPrimitives.WriteInt32LittleEndian(row[DataAt..], DataOffset);
        BinaryPrimitives.WriteInt32LittleEndian(row[IndexAt..], IndexOffset);
        BinaryPrimitives.WriteInt32LittleEndian(row[RecordsAt..], RecordCount);
        row[GranuleAt] = GranuleLog2;
        row[RelocatedAt] = Relocated ? (byte)1 : (byte)0;
        row[CountsVersionAt] = CountsVersion;
        BinaryPrimitives.WriteUInt64LittleEndian(row[CountsAt..], CountsChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(row[FileBytesAt..], FileBytes);
        BinaryPrimitives.WriteInt32LittleEndian(row[NodesAt..], NodeBytes);
    }

    public static TableRow Decode(ReadOnlySpan<byte> row) => new()
    {
        Segment = BinaryPrimitives.ReadInt64LittleEndian(row),
        File = BinaryPrimitives.ReadInt32LittleEndian(row[FileAt..]),
        SlotCount = BinaryPrimitives.ReadInt32LittleEndian(row[SlotsAt..]),
        LiveBytes = BinaryPrimitives.ReadInt32LittleEndian(row[LiveAt..]),
        DataOffset = BinaryPrimitives.ReadInt32LittleEndian(row[DataAt..]),
        IndexOffset = BinaryPrimitives.ReadInt32LittleEndian(row[IndexAt..]),
        RecordCount = BinaryPrimitives.ReadInt32LittleEndian(row[RecordsAt..]),
        GranuleLog2 = row[GranuleAt],
        Relocated = row[RelocatedAt] != 0,
        CountsVersion = (byte)(row[CountsVersionAt] & 1),
        CountsChecksum = BinaryPrimitives.ReadUInt64LittleEndian(row[CountsAt..]),
        FileBytes = BinaryPrimitives.ReadInt32LittleEndian(row[FileBytesAt..]),
        NodeBytes = BinaryPrimitives.ReadInt32LittleEndian(row[NodesAt..]),
    };
}
