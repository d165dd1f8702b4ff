using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Items;
using BlockSnap.Log;

namespace BlockSnap.Tests.Format;

/// <summary>FORMAT.md says what the codecs do: every ruler, every list of fields, every constant, every byte of its example.</summary>
public sealed class FormatDocumentTests
{
    /// <summary>What a row is called whose bytes are written as zero.</summary>
    private const string Zero = "zero";

    private static readonly FormatDocument s_document = new();

    public static TheoryData<string> ByteRulers => [.. s_document.Rulers.Keys.Where(name => name != "block-id")];

    [Fact]
    public void Rulers_CoverTheirStructures_WithoutGapOrOverlap()
    {
        foreach ((string name, FormatDocument.Ruler ruler) in s_document.Rulers)
        {
            int at = 0;
            foreach (FormatDocument.RulerRow row in ruler.Rows)
            {
                Assert.True(row.Offset == at, $"{name}: \"{row.Field}\" is said to be at {row.Offset}, but {at} is the end of the row before it");
                at += row.Size;
            }

            Assert.True(at == ruler.Length, $"{name}: the rows end at {at}, the structure at {ruler.Length}");
        }
    }

    [Theory]
    [MemberData(nameof(ByteRulers))]
    public void Ruler_OfAStructure_IsWhereTheCodecPutsEachField(string structure)
    {
        FormatSample sample = FormatSamples.Of(structure);
        FormatDocument.Ruler ruler = s_document.Rulers[structure];

        Assert.Equal(ruler.Length, sample.Bytes.Length);
        Assert.Equal(sample.Fields.Order(), ruler.Rows.Select(row => row.Field).Where(field => field != Zero).Order());
        foreach (FormatDocument.RulerRow row in ruler.Rows)
        {
            byte[] expected = row.Field == Zero ? new byte[row.Size] : sample.Expected(row.Field, row.Size);
            string found = Convert.ToHexString(sample.Bytes, row.Offset, Math.Min(row.Size, 32));
            string wanted = Convert.ToHexString(expected, 0, Math.Min(row.Size, 32));
            Assert.True(
                sample.Bytes.AsSpan(row.Offset, row.Size).SequenceEqual(expected),
                $"{structure}: \"{row.Field}\" at {row.Offset} is {found}, not {wanted}");
        }
    }

    [Fact]
    public void Ruler_OfTheBlockId_IsWhereTheBitsAre()
    {
        var id = new BlockId(BlockId.SegmentMax - 0x1234, 0x56789, 11);
        var values = new Dictionary<string, ulong>
        {
            ["class"] = 11,
            ["slot"] = 0x56789,
            ["segment"] = (ulong)BlockId.SegmentMax - 0x1234,
            [Zero] = 0,
        };

        foreach (FormatDocument.RulerRow row in s_document.Rulers["block-id"].Rows)
        {
            Assert.Equal(values[row.Field], (id.Value >> row.Offset) & ((1UL << row.Size) - 1));
        }
    }

    [Fact]
    public void Rulers_AndLists_LeaveNoStructureOut()
    {
        string[] structures =
        [
            "superblock", "segment-header", "batch-head", "record-data", "record-node", "record-hole", "record-operation", "record-checkpoint",
            "node-entry", "table-page", "table-row", "release", "container-header", "container-entry", "catalog-cell", "block-id",
        ];
        Assert.Equal(structures.Order(), s_document.Rulers.Keys.Order());
        Assert.Equal(FieldListWriter.Names.Order(), s_document.FieldLists.Keys.Order());
        Assert.Equal(
            Enum.GetValues<RecordKind>().Select(kind => "record-" + kind.ToString().ToLowerInvariant()).Order(),
            structures.Where(name => name.StartsWith("record-", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [MemberData(nameof(FieldListWriter.Operations), MemberType = typeof(FieldListWriter))]
    public void FieldList_OfAnOperation_IsWhatTheCodecWrites(string operation)
        => Assert.Equal(
            Convert.ToHexString(new FieldListWriter(s_document).Write(operation, FieldListWriter.Values)),
            Convert.ToHexString(OperationCodec.Encode(FieldListWriter.Operation(operation))));

    [Theory]
    [MemberData(nameof(FieldListWriter.Items), MemberType = typeof(FieldListWriter))]
    public void FieldList_OfAnItem_IsWhatTheCodecWrites(string item)
    {
        ICatalogItem value = FieldListWriter.Item(item);

        byte[] listed = new FieldListWriter(s_document).Write(item, FieldListWriter.Values);
        Assert.Equal(Convert.ToHexString(listed), Convert.ToHexString(FieldListWriter.ItemPayload(value)));
        Assert.Equal(s_document.FieldLists[item].Kind, (byte)value.Kind);
    }

    [Fact]
    public void ItemKinds_EachHaveAList()
    {
        byte[] listed =
        [
            .. s_document.FieldLists
                .Where(list => list.Key.StartsWith("item-", StringComparison.Ordinal))
                .Select(list => list.Value.Kind!.Value),
        ];

        Assert.Equal(Enum.GetValues<ItemKind>().Where(kind => kind != ItemKind.UndoPoint).Select(kind => (byte)kind), listed.Order());
    }

    [Fact]
    public void Constants_AreThoseOfTheCode()
    {
        var constants = new Dictionary<string, long>
        {
            ["format version"] = FormatVersion.Current,
            ["page bytes"] = FormatVersion.PageBytes,
            ["checksum algorithm"] = BlockChecksum.AlgorithmXxh3,
            ["superblock slots"] = Superblock.SlotCount,
            ["root bytes, most"] = Superblock.RootBytesMax,
            ["segment number gap"] = FormatVersion.SegmentNumberGap,
            ["record bytes"] = LogRecord.Bytes,
            ["operation payload bytes, most"] = LogWriter.OperationBytesMax,
            ["node entries"] = NodeLayout.Fanout,
            ["node bytes"] = NodeLayout.Bytes,
            ["node class"] = BlockId.NodeClass,
            ["table rows in a page"] = TablePage.RowsPerPage,
            ["catalog cell bytes"] = CatalogCell.Bytes,
            ["catalog disk number"] = CatalogPages.DiskNumber,
            ["segment bytes, least"] = 64 << 10,
            ["segment bytes, most"] = 256 << 20,
            ["page count fold"] = unchecked((long)0x9E37_79B9_7F4A_7C15),
        };
        Assert.Equal(
            constants.OrderBy(pair => pair.Key, StringComparer.Ordinal),
            s_document.Constants.OrderBy(pair => pair.Key, StringComparer.Ordinal));

        new DiskPoolOptions { SegmentBytes = 64 << 10 }.Validate();
        new DiskPoolOptions { SegmentBytes = 256 << 20 }.Validate();
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiskPoolOptions { SegmentBytes = 32 << 10 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiskPoolOptions { SegmentBytes = 512 << 20 }.Validate());
    }

    [Theory]
    [InlineData(64 << 10, 3, 1)]
    [InlineData(16 << 20, 0, 0)]
    [InlineData(16 << 20, 5, 1)]
    public void Counts_LieWhereTheDocumentSays(int segmentBytes, int row, int version)
    {
        using var device = new MemoryDevice();
        using var files = new CheckpointFiles(device, segmentBytes);
        byte[] counts = BlockSnap.Testing.Pattern.Bytes(64, seed: row);
        files.WriteCounts(row, version, counts);

        byte[] read = new byte[64];
        using IDeviceFile file = device.Open("counts", DeviceFileMode.Open);
        file.Read(((2L * row) + version) * (segmentBytes / 128), read);

        Assert.Equal(counts, read);
        Assert.Equal((((2L * row) + version) * (segmentBytes / 128)) + 64, file.Length);
    }

    [Fact]
    public void TablePages_LieWhereTheDocumentSays() => Assert.Equal(((2 * 7) + 1) * 4096, TablePage.PlaceOf(7, 1));

    [Fact]
    public async Task Example_IsWhatTheCodeWrites()
    {
        using var example = new FormatExample();
        await example.BuildAsync();

        Assert.NotEmpty(s_document.Dumps);
        var wrong = new List<string>();
        foreach (FormatDocument.DumpLine line in s_document.Dumps)
        {
            byte[] actual = example.Read(line.File, line.Offset, line.Bytes.Length);
            if (!actual.SequenceEqual(line.Bytes))
            {
                wrong.Add($"line {line.LineNumber}: {line.File} {line.Offset:x8}  {string.Join(' ', actual.Select(b => b.ToString("x2")))}");
            }
        }

        Assert.True(wrong.Count == 0, "The code writes other bytes than the example shows:\n" + string.Join('\n', wrong));
    }

    [Fact]
    public async Task Catalog_ReadByTheDocumentAlone_LeadsToTheBlock()
    {
        using var example = new FormatExample();
        await example.BuildAsync();
        var reader = new ExampleReader(example);

        var writer = new FieldListWriter(s_document);
        Assert.Equal(Convert.ToHexString(writer.Write("superblock-root", reader.RootValues())), Convert.ToHexString(reader.Root));
        Assert.Equal((byte)ItemKind.Disk, reader.KindOf(cell: 0));
        Assert.Equal(Convert.ToHexString(writer.Write("item-disk", reader.DiskValues())), Convert.ToHexString(reader.Item(cell: 0)));
        Assert.Equal((byte)ItemKind.Snapshot, reader.KindOf(cell: 1));
        Assert.Equal(Convert.ToHexString(writer.Write("item-snapshot", reader.SnapshotValues())), Convert.ToHexString(reader.Item(cell: 1)));

        byte[] block = reader.BlockOf(reader.Item(cell: 0).AsSpan(^26..^9));
        Assert.Equal(Enumerable.Repeat((byte)'x', 4096), block);
    }
}
