using System.Buffers.Binary;
using BlockSnap.Format;

namespace BlockSnap.Tests.Format;

public sealed class CodecRoundTripTests
{
    [Fact]
    public void Superblock_DecodedAgain_IsTheSame()
    {
        byte[] page = new byte[Superblock.SlotBytes];
        FormatSamples.Superblock.Encode(page);

        Superblock decoded = Superblock.Decode(page)!;

        Assert.Equal(FormatSamples.Superblock.Root, decoded.Root);
        Assert.Equal(FormatSamples.Superblock, decoded with { Root = FormatSamples.Superblock.Root });
    }

    [Fact]
    public void Superblock_OfANewerVersion_IsRefusedWithBothNumbers()
    {
        byte[] page = new byte[Superblock.SlotBytes];
        FormatSamples.Superblock.Encode(page);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(8), 1234);
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(^8), BlockChecksum.Compute(page.AsSpan(..^8)));

        var error = Assert.Throws<UnsupportedFormatException>(() => Superblock.Decode(page));

        Assert.Equal((1234, 1), (error.FoundVersion, error.SupportedVersion));
        Assert.Contains("1234", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(12)]
    public void SegmentHeader_DecodedAgain_IsTheSame(int granuleLog2)
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        SegmentHeader header = FormatSamples.SegmentHeader with { GranuleLog2 = granuleLog2 };
        header.Encode(page);

        Assert.True(SegmentHeader.TryDecode(page, out SegmentHeader decoded));
        Assert.Equal(header, decoded);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(13)]
    public void SegmentHeader_WithAGranuleThatIsNone_IsRefused(int granuleLog2)
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        (FormatSamples.SegmentHeader with { GranuleLog2 = granuleLog2 }).Encode(page);

        Assert.False(SegmentHeader.TryDecode(page, out _));
    }

    [Fact]
    public void Batch_DecodedAgain_IsTheSame()
    {
        byte[] pages = FormatSamples.EncodedBatch();

        Assert.Equal(2, BatchHeader.PeekPages(pages, pagesMax: 2));
        Assert.Equal(0, BatchHeader.PeekPages(pages, pagesMax: 1));
        Assert.True(BatchHeader.TryDecode(pages, out BatchHeader decoded));
        Assert.Equal(FormatSamples.BatchHeader, decoded);
        var reader = new RecordReader(pages.AsSpan(BatchHeader.Bytes, decoded.RecordBytes));
        Assert.True(reader.MoveNext());
        Assert.Equal(FormatSamples.DataRecord, reader.Current);
        Assert.True(reader.MoveNext());
        Assert.Equal(RecordKind.Hole, reader.Current.Kind);
        Assert.False(reader.MoveNext());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 2)]
    [InlineData(48, 2)]
    [InlineData(49, 3)]
    public void Operation_OfAnyLength_IsFoundAmongOtherRecords(int payloadBytes, int cells)
    {
        byte[] payload = BlockSnap.Testing.Pattern.Bytes(payloadBytes, seed: 1);
        byte[] records = new byte[(cells + 2) * LogRecord.Bytes];
        FormatSamples.DataRecord.Encode(records);
        Assert.Equal(cells * LogRecord.Bytes, LogRecord.Encode(records.AsSpan(LogRecord.Bytes), RecordKind.Operation, payload));
        FormatSamples.DataRecord.Encode(records.AsSpan((cells + 1) * LogRecord.Bytes));

        var reader = new RecordReader(records);
        Assert.True(reader.MoveNext());
        Assert.True(reader.MoveNext());
        Assert.Equal(RecordKind.Operation, reader.Current.Kind);
        Assert.Equal(payload, reader.Payload.ToArray());
        Assert.True(reader.MoveNext());
        Assert.Equal(FormatSamples.DataRecord, reader.Current);
        Assert.False(reader.MoveNext());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(17)]
    [InlineData(long.MaxValue)]
    public void Operation_LongerThanItsBatch_IsRefused(long payloadBytes)
    {
        byte[] records = new byte[LogRecord.Bytes];
        LogRecord.Encode(records, RecordKind.Operation, new byte[16]);
        BinaryPrimitives.WriteInt64LittleEndian(records.AsSpan(8), payloadBytes);

        Assert.Throws<PoolCorruptedException>(() => new RecordReader(records).MoveNext());
    }

    [Fact]
    public void TableRow_DecodedAgain_IsTheSame()
    {
        byte[] row = new byte[TableRow.Bytes];
        FormatSamples.TableRow.Encode(row);

        Assert.Equal(FormatSamples.TableRow, TableRow.Decode(row));
    }

    [Fact]
    public void TablePage_OfAnotherIndex_IsRefused()
    {
        byte[] page = FormatSamples.EncodedTablePage();

        Assert.True(TablePage.TryOpen(page, 0x1112_1314, out long sequence, out _));
        Assert.Equal(0x2122_2324_2526_2728, sequence);
        Assert.False(TablePage.TryOpen(page, 0x1112_1315, out _, out _));
    }

    [Fact]
    public void Container_OfAnotherPoolOrFile_IsRefused()
    {
        byte[] index = FormatSamples.EncodedContainer();

        Assert.True(ContainerHeader.Prove(index, 0x0102_0304_0506_0708, 0x1112_1314));
        Assert.False(ContainerHeader.Prove(index, 0x0102_0304_0506_0709, 0x1112_1314));
        Assert.False(ContainerHeader.Prove(index, 0x0102_0304_0506_0708, 0x1112_1315));
    }
}
