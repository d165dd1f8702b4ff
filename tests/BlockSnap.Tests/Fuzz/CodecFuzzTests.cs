using System.Buffers.Binary;
using BlockSnap.Catalogs;
using BlockSnap.Cli;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Snapshots;
using BlockSnap.Storage;
using BlockSnap.Tests.Format;
using BlockSnap.Tests.Hostile;

namespace BlockSnap.Tests.Fuzz;

/// <summary>Every reader of bytes, alone: mutated real inputs, with checksums made right again so that the fields behind them are reached.</summary>
public sealed class CodecFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 20_000;
    private const ulong CountFold = 0x9E37_79B9_7F4A_7C15;

    private static readonly Lazy<Task<HostilePool>> s_pool = new(() => HostilePool.MakeAsync());

    [Fact]
    public async Task Superblock_Mutated_IsReadOrRefused()
    {
        HostilePool pool = await s_pool.Value;
        byte[] file = pool.Files[CheckpointFiles.SuperblockName];
        Report(new FuzzRun("superblock", [file[..4096], file[4096..8192]]) { KeepLength = true, Repair = SealSuperblock, Fields = static _ => 160 }
            .Run(Inputs, static page => Superblock.Decode(page)?.ThrowIfNonsense()));
    }

    [Fact]
    public async Task SegmentTable_Mutated_IsReadOrRefused()
    {
        HostilePool pool = await s_pool.Value;
        Superblock superblock = PoolFiles.Newest(pool.Files);
        Report(new FuzzRun("segment table", [PoolFiles.TablePageOf(pool.Files, superblock, 0).Bytes]) { KeepLength = true, Repair = static page => TablePage.Seal(page, 0, 1), Fields = _ => 64 + (64 * PoolForger.Rows(pool).Count) }
            .Run(Inputs, page =>
            {
                if (TablePage.TryOpen(page, 0, out _, out _))
                {
                    for (int i = 0; i < TablePage.RowsPerPage; i++)
                    {
                        TableRow row = TableRow.Decode(TablePage.Row(page.AsSpan(), i));
                        if (row.Segment != 0)
                        {
                            row.ThrowIfNonsense(superblock);
                        }
                    }
                }
            }));
    }

    [Fact]
    public async Task SegmentHeaderAndBatches_Mutated_AreReadOrRefused()
    {
        HostilePool pool = await s_pool.Value;
        List<byte[]> heads = [];
        foreach (byte[] file in pool.Earlier.Append(pool.Files).SelectMany(files => files).Where(file => file.Key.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal)).Select(file => file.Value))
        {
            for (int at = 0; at + 4096 <= file.Length; at += 512)
            {
                if (BatchHeader.TryDecode(file.AsSpan(at), out BatchHeader head))
                {
                    heads.Add(file.AsSpan(at, head.Pages * 4096).ToArray());
                }
            }
        }

        Assert.NotEmpty(heads);
        Report(new FuzzRun("batch head, records and operations", heads) { KeepLength = true, Repair = SealBatch, Fields = static pages => BatchHeader.Bytes + BinaryPrimitives.ReadInt32LittleEndian(pages.AsSpan(64)) }.Run(Inputs, static pages =>
        {
            SegmentHeader.TryDecode(pages, out _);
            if (BatchHeader.TryDecode(pages, out BatchHeader head))
            {
                var reader = new RecordReader(pages.AsSpan(BatchHeader.Bytes, head.RecordBytes));
                while (reader.MoveNext())
                {
                    if (reader.Current.Kind == RecordKind.Operation)
                    {
                        OperationCodec.Decode(reader.Payload);
                    }
                }
            }
        }));
    }

    [Fact]
    public void Operations_Mutated_AreReadOrRefused()
    {
        List<byte[]> inputs = [.. FieldListWriter.Names.Where(name => name.StartsWith("operation-", StringComparison.Ordinal)).Select(name => OperationCodec.Encode(FieldListWriter.Operation(name)))];
        Report(new FuzzRun("operations", inputs).Run(2 * Inputs, static bytes => OperationCodec.Decode(bytes)));
    }

    [Fact]
    public async Task CatalogPages_Mutated_AreReadOrRefused()
    {
        HostilePool pool = await s_pool.Value;
        List<byte[]> pages = [.. PoolForger.Blocks(pool).Where(block => block.Disk == CatalogPages.DiskNumber && !block.Id.IsNode).Select(block => pool.Files[block.File].AsSpan(block.Offset, 4096).ToArray())];
        Assert.NotEmpty(pages);
        Report(new FuzzRun("catalog", pages) { KeepLength = true }.Run(Inputs, static page =>
        {
            var volume = new BlockSnap.Disks.DiskVolume(CatalogPages.DiskNumber, default, "catalog", 1 << 20, BlockSize.Default, BlockSnap.Mapping.MapRoot.Empty(1));
            using var cache = new BlockSnap.Mapping.NodeCache(1 << 20);
            var catalog = new Catalog(new BlockSnap.Mapping.BlockMap(cache, new ReferenceQueue()), static () => 0);
            new CatalogPages(volume).Load(catalog, 1, (_, bytes) => page.CopyTo(bytes, 0));
        }));
    }

    [Fact]
    public async Task Container_Mutated_IsReadOrRefused()
    {
        HostilePool pool = await s_pool.Value;
        Superblock superblock = PoolFiles.Newest(pool.Files);
        TableRow row = PoolForger.Rows(pool).First(row => row.Relocated);
        byte[] file = pool.Files[SegmentFile.NameOf(row.File)];
        using var device = new MemoryDevice();
        using IDeviceFile target = device.Open(SegmentFile.NameOf(row.File), DeviceFileMode.OpenOrCreate);
        var segment = new SegmentInfo
        {
            Number = row.Segment,
            Row = 0,
            GranuleLog2 = row.GranuleLog2,
            File = new SegmentFile(row.File),
            SlotCount = row.SlotCount,
            IndexOffset = row.IndexOffset,
            RecordCount = row.RecordCount,
        };
        Report(new FuzzRun("container", [file[..ContainerHeader.PeekIndexBytes(file)]]) { Repair = SealContainer }.Run(Inputs, bytes =>
        {
            target.SetLength(0);
            target.Write(0, bytes);
            SlotMap.Of(ContainerIndex.Read(target, superblock.Salt, segment), segment).RankOf(5);
        }));
    }

    [Fact]
    public void CommandLine_SizesNamesAndTags_AreReadOrRefused()
    {
        byte[][] inputs = [.. ((string[])["10GiB", "4096", "64KiB", "1.5T", "vm@monday", "a/b@c", "key=value", "disk-1", "18446744073709551615", "é=ü"]).Select(System.Text.Encoding.UTF8.GetBytes)];
        Report(new FuzzRun("command line", inputs).Run(2 * Inputs, static bytes =>
        {
            string text = System.Text.Encoding.UTF8.GetString(bytes);
            SizeText.TryParse(text, out _);
            DiskPath.TryParse(text, out _);
            TagText.Parse([text, text], out _);
            foreach (Action<string> check in (Action<string>[])[Names.CheckDisk, static name => Names.CheckSnapshot(name, SnapshotKind.Manual)])
            {
                try
                {
                    check(text);
                }
                catch (ArgumentException)
                {
                }
            }
        }));
    }

    private static void SealSuperblock(byte[] page) => BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(4088), BlockChecksum.Compute(page.AsSpan(0, 4088)));

    private static void SealBatch(byte[] pages)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(pages.AsSpan(4));
        int records = BinaryPrimitives.ReadInt32LittleEndian(pages.AsSpan(64));
        if (records >= 0 && records <= pages.Length - BatchHeader.Bytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(pages.AsSpan(8), BlockChecksum.Compute(pages.AsSpan(16, BatchHeader.Bytes - 16 + records)) ^ (count * CountFold));
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(pages) == 0x31_47_45_53_50_4E_53_42)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(pages.AsSpan(8), BlockChecksum.Compute(pages.AsSpan(16, 32)));
        }
    }

    private static void SealContainer(byte[] index)
    {
        if (index.Length >= ContainerHeader.Bytes)
        {
            BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(32), index.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(index.AsSpan(8), BlockChecksum.Compute(index.AsSpan(16)));
        }
    }

    private void Report(string line) => output.WriteLine(line);
}
