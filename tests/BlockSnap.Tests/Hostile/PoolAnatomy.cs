using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Tests.Hostile;

/// <summary>Names every byte of a cleanly closed pool: so that a change that nothing notices is known to be harmless by name, not by luck.</summary>
internal sealed class PoolAnatomy
{
    // Of a segment's first page, what means something.
    private const int SegmentHeaderBytes = 72;

    private readonly Dictionary<string, Region[]> _regions;
    private readonly List<(string File, int At, int Bytes)> _records = [];

    public PoolAnatomy(IReadOnlyDictionary<string, byte[]> files)
    {
        _regions = files.ToDictionary(file => file.Key, file => new Region[file.Value.Length]);
        Superblock superblock = PoolFiles.Newest(files);
        foreach (string name in (string[])[CheckpointFiles.SuperblockName, CheckpointFiles.SuperblockCopyName])
        {
            Paint(name, (superblock.Sequence & 1) * Superblock.SlotBytes, Superblock.SlotBytes, Region.Superblock);
            Paint(name, (~superblock.Sequence & 1) * Superblock.SlotBytes, Superblock.SlotBytes, Region.OlderSuperblock);
        }

        foreach (string name in files.Keys.Where(name => name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal)))
        {
            Paint(name, 0, files[name].Length, Region.FreeSegment);
        }

        foreach (string name in (string[])["releases-0", "releases-1", CheckpointFiles.CountsName, CheckpointFiles.TableName])
        {
            Paint(name, 0, files[name].Length, Region.UnusedPlace);
        }

        Paint($"releases-{superblock.ReleaseFile}", 0, superblock.ReleaseCount * 24, Region.Releases);
        for (int index = 0; index < superblock.TablePages; index++)
        {
            (int at, byte[] page) = PoolFiles.TablePageOf(files, superblock, index);
            Paint(CheckpointFiles.TableName, at, TablePage.Bytes, Region.TablePage);
            for (int i = 0; i < TablePage.RowsPerPage; i++)
            {
                TableRow row = TableRow.Decode(TablePage.Row(page.AsSpan(), i));
                if (row.Segment != 0)
                {
                    _records.Add((CheckpointFiles.TableName, at + TablePage.HeadBytes + (i * TableRow.Bytes), TableRow.Bytes));
                    PaintSegment(files, superblock, (index * TablePage.RowsPerPage) + i, row);
                }
            }
        }
    }

    /// <summary>Rows of the table, counts of a segment, heads of batches, records of the log and of containers, and blocks that are referred to.</summary>
    public IReadOnlyList<(string File, int At, int Bytes)> Records => _records;

    /// <summary>What a change of such a byte must not do: stay unseen.</summary>
    public static bool Matters(Region region) => region >= Region.LogHead;

    public Region this[string file, int offset] => _regions[file][offset];

    /// <summary>Where one region ends and another begins.</summary>
    public IEnumerable<int> BordersOf(string file)
    {
        Region[] regions = _regions[file];
        return Enumerable.Range(1, Math.Max(0, regions.Length - 1)).Where(at => regions[at] != regions[at - 1]);
    }

    private void PaintSegment(IReadOnlyDictionary<string, byte[]> files, Superblock superblock, int index, in TableRow row)
    {
        string file = SegmentFile.NameOf(row.File);
        ReadOnlySpan<uint> counts = PaintCounts(files, superblock, index, row);
        int granule = 1 << row.GranuleLog2;
        if (row.Relocated)
        {
            PaintContainer(files[file], file, row, counts, granule);
            return;
        }

        Paint(file, 0, row.SlotCount * granule, Region.Unused);
        Paint(file, 0, SegmentHeaderBytes, Region.LogHead);
        for (int at = SegmentHeader.Bytes; at < row.SlotCount * granule && BatchHeader.TryDecode(files[file].AsSpan(at), out BatchHeader head) && head.Segment == row.Segment; at += head.TotalBytes)
        {
            Paint(file, at, BatchHeader.Bytes + head.RecordBytes, Region.LogHead);
            _records.Add((file, at, BatchHeader.Bytes));
            int place = at + BatchHeader.Bytes;
            var reader = new RecordReader(files[file].AsSpan(at + BatchHeader.Bytes, head.RecordBytes));
            while (reader.MoveNext())
            {
                int bytes = reader.Current.HasPayload ? LogRecord.BytesWith(reader.Current.PayloadBytes) : LogRecord.Bytes;
                _records.Add((file, place, bytes));
                place += bytes;
                if (reader.Current.IsBlock)
                {
                    PaintBlock(file, reader.Current.Slot * granule, reader.Current, counts);
                }
            }
        }
    }

    private void PaintContainer(byte[] bytes, string file, in TableRow row, ReadOnlySpan<uint> counts, int granule)
    {
        int index = ContainerHeader.PeekIndexBytes(bytes);
        if (this[file, 0] != Region.ContainerIndex)
        {
            Paint(file, 0, bytes.Length, Region.Unused);
            Paint(file, 0, index, Region.ContainerIndex);
        }

        int at = row.DataOffset;
        for (int i = 0; i < row.RecordCount; i++)
        {
            int place = row.IndexOffset + (i * LogRecord.Bytes);
            LogRecord record = LogRecord.Decode(bytes.AsSpan(place));
            _records.Add((file, place, LogRecord.Bytes));
            PaintBlock(file, at, record, counts);
            at += (record.StoredBytes + granule - 1) / granule * granule;
        }
    }

    private void PaintBlock(string file, int at, in LogRecord record, ReadOnlySpan<uint> counts)
    {
        bool isLive = counts[record.Slot] > 0;
        Paint(file, at, record.StoredBytes, isLive ? Region.Block : Region.DeadBlock);
        if (isLive)
        {
            _records.Add((file, at, record.StoredBytes));
        }
    }

    private ReadOnlySpan<uint> PaintCounts(IReadOnlyDictionary<string, byte[]> files, Superblock superblock, int index, in TableRow row)
    {
        int length = (superblock.SegmentBytes >> row.GranuleLog2) * sizeof(uint);
        if (row.CountsChecksum == 0)
        {
            return new uint[length / sizeof(uint)];
        }

        int at = ((index * 2) + row.CountsVersion) * (superblock.SegmentBytes / BlockSize.MinimumBytes * sizeof(uint));
        Paint(CheckpointFiles.CountsName, at, length, Region.Counts);
        _records.Add((CheckpointFiles.CountsName, at, length));
        byte[] counts = new byte[length];
        byte[] all = files[CheckpointFiles.CountsName];
        all.AsSpan(Math.Min(at, all.Length), Math.Clamp(all.Length - at, 0, length)).CopyTo(counts);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(counts);
    }

    private void Paint(string file, long from, int length, Region region)
    {
        Region[] regions = _regions[file];
        int at = (int)Math.Min(from, regions.Length);
        regions.AsSpan(at, Math.Min(length, regions.Length - at)).Fill(region);
    }
}
