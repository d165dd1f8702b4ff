using System.Text;
using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Items;
using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap.Tests.Format;

/// <summary>
/// One of each structure with a value in each field that no other field has, so that a field found elsewhere than the document says
/// cannot pass. Checksums are computed here as the document describes them, not by the codec.
/// </summary>
internal static class FormatSamples
{
    private const ulong CountFold = 0x9E37_79B9_7F4A_7C15;

    public static Superblock Superblock { get; } = new()
    {
        PoolId = new Guid(Pattern.Bytes(16, seed: 1)),
        Created = 0x0102_0304_0506_0708,
        SegmentBytes = 0x1112_1314,
        Sequence = 0x2122_2324_2526_2728,
        Clean = false,
        ReleaseFile = 1,
        FileCount = 0x3132_3334,
        NextSegment = 0x4142_4344_4546_4748,
        NextBatch = 0x5152_5354_5556_5758,
        ReplaySegment = 0x6162_6364_6566_6768,
        ReplayFile = 0x7172_7374,
        ReplayOffset = 0x0A0B_0C0D,
        TablePages = 0x1A1B_1C1D,
        ReleaseCount = 0x2A2B_2C2D,
        TableChecksum = 0x8182_8384_8586_8788,
        ReleaseChecksum = 0x9192_9394_9596_9798,
        Root = Pattern.Bytes(BlockSnap.Format.Superblock.RootBytesMax, seed: 2),
    };

    public static SegmentHeader SegmentHeader { get; } = new(
        Salt: 0x0102_0304_0506_0708,
        Segment: 0x1112_1314_1516_1718,
        File: 0x2122_2324,
        GranuleLog2: 11,
        SegmentBytes: 0x3132_3334,
        PoolId: new Guid(Pattern.Bytes(16, seed: 4)),
        PoolCreated: 0x5152_5354_5556_5758);

    public static BatchHeader BatchHeader { get; } = new()
    {
        Salt = 0x0102_0304_0506_0708,
        Segment = 0x1112_1314_1516_1718,
        Sequence = 0x2122_2324_2526_2728,
        DurableSequence = 0x3132_3334_3536_3738,
        Time = 0x4142_4344_4546_4748,
        Offset = 0x5152_5354,
        Pages = 2,
        DataBytes = 0x6162_6364,
        RecordBytes = 2 * LogRecord.Bytes,
        NextFile = 0x7172_7374,
    };

    public static TableRow TableRow { get; } = new()
    {
        Segment = 0x0102_0304_0506_0708,
        File = 0x1112_1314,
        FileBytes = 0x2122_2324,
        SlotCount = 0x3132_3334,
        LiveBytes = 0x4142_4344,
        NodeBytes = 0x4546_4748,
        DataOffset = 0x5152_5354,
        IndexOffset = 0x6162_6364,
        RecordCount = 0x7172_7374,
        GranuleLog2 = 11,
        Relocated = true,
        CountsVersion = 1,
        CountsChecksum = 0x8182_8384_8586_8788,
    };

    /// <summary>A batch's head with its records, two pages long.</summary>
    public static byte[] EncodedBatch()
    {
        byte[] pages = new byte[2 * FormatVersion.PageBytes];
        DataRecord.Encode(pages.AsSpan(BatchHeader.Bytes));
        LogRecord.Hole(0x1112_1314, 5, 6).Encode(pages.AsSpan(BatchHeader.Bytes + LogRecord.Bytes));
        BatchHeader.Encode(pages);
        return pages;
    }

    public static byte[] EncodedTablePage()
    {
        byte[] page = new byte[TablePage.Bytes];
        for (int row = 0; row < TablePage.RowsPerPage; row++)
        {
            (TableRow with { Segment = row + 1 }).Encode(TablePage.Row(page.AsSpan(), row));
        }

        TablePage.Seal(page, 0x1112_1314, 0x2122_2324_2526_2728);
        return page;
    }

    /// <summary>A container's index: header, one entry, one record.</summary>
    public static byte[] EncodedContainer()
    {
        byte[] index = new byte[ContainerHeader.Bytes + ContainerHeader.EntryBytes + LogRecord.Bytes];
        ContainerHeader.EncodeEntry(index.AsSpan(ContainerHeader.Bytes), 0x0102_0304_0506_0708, 11, 0x1112_1314, 0x2122_2324, 0x3132_3334);
        DataRecord.Encode(index.AsSpan(ContainerHeader.Bytes + ContainerHeader.EntryBytes));
        ContainerHeader.Seal(index, 0x0102_0304_0506_0708, 0x1112_1314, 1);
        return index;
    }

    public static LogRecord DataRecord { get; } = new(
        RecordKind.Data,
        Codec: 7,
        SizeClass: 3,
        Level: 0,
        Disk: 0x1112_1314,
        Index: 0x2122_2324_2526_2728,
        Value: 0x3132_3334_3536_3738,
        Slot: 0x4142_4344,
        StoredBytes: 0x5152_5354);

    public static FormatSample Of(string structure) => structure switch
    {
        "superblock" => OfSuperblock(),
        "segment-header" => OfSegmentHeader(),
        "batch-head" => OfBatchHead(),
        "record-data" => OfRecord(DataRecord)
            .With("kind", 1).With("codec", 7).With("class", 3).With("disk", DataRecord.Disk).With("block", DataRecord.Index)
            .With("checksum", DataRecord.Value).With("slot", DataRecord.Slot).With("stored bytes", DataRecord.StoredBytes),
        "record-node" => OfRecord(DataRecord with { Kind = RecordKind.Node, Level = 5, Index = 0 })
            .With("kind", 2).With("codec", 7).With("class", 3).With("level", 5).With("disk", DataRecord.Disk)
            .With("checksum", DataRecord.Value).With("slot", DataRecord.Slot).With("stored bytes", DataRecord.StoredBytes),
        "record-hole" => OfRecord(LogRecord.Hole(0x1112_1314, 0x2122_2324_2526_2728, 0x3132_3334_3536_3738)).With("kind", 3).With("disk", 0x1112_1314)
            .With("block", 0x2122_2324_2526_2728).With("count", 0x3132_3334_3536_3738),
        "record-operation" => OfPayload(RecordKind.Operation).With("kind", 4),
        "record-checkpoint" => OfPayload(RecordKind.Checkpoint).With("kind", 5),
        "node-entry" => OfNodeEntry(),
        "table-page" => OfTablePage(),
        "table-row" => OfTableRow(),
        "release" => OfRelease(),
        "container-header" => OfContainerHeader(),
        "container-entry" => new FormatSample(EncodedContainer()[ContainerHeader.Bytes..(ContainerHeader.Bytes + ContainerHeader.EntryBytes)])
            .With("segment", 0x0102_0304_0506_0708).With("granule", 11).With("records", 0x1112_1314)
            .With("records offset", 0x2122_2324).With("data offset", 0x3132_3334),
        "catalog-cell" => OfCatalogCell(),
        _ => throw new ArgumentOutOfRangeException(nameof(structure), structure, "The tests know no sample of this structure."),
    };

    private static FormatSample OfSuperblock()
    {
        byte[] page = new byte[Superblock.SlotBytes];
        Superblock.Encode(page);
        return new FormatSample(page)
            .With("magic", "\0BLKSNP1"u8.ToArray()).With("version", 1).With("checksum algorithm", 1)
            .With("clean", 0).With("release file", 1).With("sequence", Superblock.Sequence)
            .With("pool id", Superblock.PoolId.ToByteArray()).With("created", Superblock.Created).With("segment bytes", Superblock.SegmentBytes)
            .With("file count", Superblock.FileCount).With("next segment", Superblock.NextSegment).With("next batch", Superblock.NextBatch)
            .With("replay segment", Superblock.ReplaySegment).With("replay file", Superblock.ReplayFile)
            .With("replay offset", Superblock.ReplayOffset).With("table pages", Superblock.TablePages)
            .With("release count", Superblock.ReleaseCount).With("table checksum", Superblock.TableChecksum)
            .With("release checksum", Superblock.ReleaseChecksum).With("root bytes", Superblock.Root.Length)
            .With("required features", 0).With("optional features", 0).With("root", Superblock.Root)
            .With("checksum", BlockChecksum.Compute(page.AsSpan(..^8)));
    }

    private static FormatSample OfSegmentHeader()
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        SegmentHeader.Encode(page);
        return new FormatSample(page)
            .With("magic", "BSNPSEG1"u8.ToArray()).With("checksum", BlockChecksum.Compute(page.AsSpan(16..72))).With("salt", SegmentHeader.Salt)
            .With("segment", SegmentHeader.Segment).With("file", SegmentHeader.File).With("segment bytes", SegmentHeader.SegmentBytes)
            .With("granule", SegmentHeader.GranuleLog2).With("version", 1)
            .With("pool id", SegmentHeader.PoolId.ToByteArray()).With("pool created", SegmentHeader.PoolCreated);
    }

    private static FormatSample OfBatchHead()
    {
        byte[] pages = EncodedBatch();
        ulong checksum = BlockChecksum.Compute(pages.AsSpan(16..(96 + (2 * 32)))) ^ unchecked(2 * CountFold);
        return new FormatSample(pages[..BatchHeader.Bytes])
            .With("magic", "BSB1"u8.ToArray()).With("pages", 2).With("checksum", checksum)
            .With("salt", BatchHeader.Salt).With("segment", BatchHeader.Segment)
            .With("sequence", BatchHeader.Sequence).With("durable sequence", BatchHeader.DurableSequence).With("time", BatchHeader.Time)
            .With("offset", BatchHeader.Offset).With("data bytes", BatchHeader.DataBytes).With("record bytes", BatchHeader.RecordBytes)
            .With("next file", BatchHeader.NextFile);
    }

    private static FormatSample OfRecord(LogRecord record)
    {
        byte[] cell = new byte[LogRecord.Bytes];
        record.Encode(cell);
        return new FormatSample(cell);
    }

    private static FormatSample OfPayload(RecordKind kind)
    {
        byte[] payload = Pattern.Bytes(LogRecord.Bytes - LogRecord.PayloadAt, seed: 3);
        byte[] cell = new byte[LogRecord.Bytes];
        LogRecord.Encode(cell, kind, payload);
        return new FormatSample(cell).With("payload bytes", payload.Length).With("payload", payload);
    }

    private static FormatSample OfNodeEntry()
    {
        byte[] node = new byte[NodeLayout.Bytes];
        NodeLayout.Entries(node.AsSpan())[1] = NodeEntry.Of(new BlockId(0x0102_0304_0506_0708), 0x1112_1314_1516_1718);
        return new FormatSample(node[16..32]).With("child", 0x0102_0304_0506_0708).With("checksum", 0x1112_1314_1516_1718);
    }

    private static FormatSample OfTablePage()
    {
        byte[] page = EncodedTablePage();
        return new FormatSample(page)
            .With("magic", "BST1"u8.ToArray()).With("index", 0x1112_1314).With("sequence", 0x2122_2324_2526_2728)
            .With("checksum", BlockChecksum.Compute(page.AsSpan(16..)) ^ unchecked(0x1112_1314UL * CountFold)).With("rows", page[64..]);
    }

    private static FormatSample OfTableRow()
    {
        byte[] row = new byte[TableRow.Bytes];
        TableRow.Encode(row);
        return new FormatSample(row)
            .With("segment", TableRow.Segment).With("file", TableRow.File).With("slots", TableRow.SlotCount).With("live bytes", TableRow.LiveBytes)
            .With("data offset", TableRow.DataOffset).With("index offset", TableRow.IndexOffset).With("records", TableRow.RecordCount)
            .With("granule", TableRow.GranuleLog2).With("relocated", 1).With("counts version", 1).With("counts checksum", TableRow.CountsChecksum)
            .With("file bytes", TableRow.FileBytes).With("node bytes", TableRow.NodeBytes);
    }

    private static FormatSample OfRelease()
    {
        using var device = new MemoryDevice();
        using var files = new CheckpointFiles(device, 64 << 10);
        ulong[] words = new ReleaseList().Encode([new PendingRelease(new BlockId(0x0102_0304_0506_0708), 0x1112_1314_1516_1718, 3)]);
        files.WriteReleases(file: 1, words);
        byte[] bytes = new byte[24];
        using IDeviceFile file = device.Open("releases-1", DeviceFileMode.Open);
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return new FormatSample(bytes).With("node", 0x0102_0304_0506_0708).With("checksum", 0x1112_1314_1516_1718).With("level", 3).With("held", 1);
    }

    private static FormatSample OfContainerHeader()
    {
        byte[] index = EncodedContainer();
        return new FormatSample(index[..ContainerHeader.Bytes])
            .With("magic", "BSNPCON1"u8.ToArray()).With("checksum", BlockChecksum.Compute(index.AsSpan(16..))).With("salt", 0x0102_0304_0506_0708)
            .With("file", 0x1112_1314).With("segments", 1).With("index bytes", index.Length);
    }

    private static FormatSample OfCatalogCell()
    {
        byte[] cell = new byte[CatalogCell.Bytes];
        CatalogCell.WriteHead(cell, ItemKind.UndoPoint, 0x1112_1314);
        byte[] payload = Encoding.ASCII.GetBytes(new string('x', CatalogCell.Bytes - CatalogCell.HeadBytes));
        payload.CopyTo(cell, CatalogCell.HeadBytes);
        return new FormatSample(cell).With("kind", 3).With("payload bytes", 0x1112_1314).With("payload", payload);
    }
}
