using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>
/// The places below the names: one entry per segment. Rows are the unit on disk; a freed row is used again.
/// Lookups and changes happen under the gate.
/// </summary>
internal sealed class SegmentTable
{
    // How many segments may be opened before Prepare is called again: a few, since that takes less time than filling one.
    private const int BlankMax = 8;

    private readonly Dictionary<long, SegmentInfo> _segments = [];
    private readonly List<SegmentInfo?> _rows = [];
    private readonly Stack<int> _freeRows = new();

    // Rows of segments that were removed since the last checkpoint: until the next is durable, their counts are in use on the device.
    private readonly List<int> _leftRows = [];
    private readonly HashSet<int> _dirtyPages = [];

    // For segments to come.
    private readonly Stack<SegmentInfo> _blank = new();

    public int PageCount => (_rows.Count + TablePage.RowsPerPage - 1) / TablePage.RowsPerPage;

    public int Count => _segments.Count;

    public IEnumerable<SegmentInfo> All => _segments.Values;

    /// <summary>How many blocks all segments together can have held at most, had they been map nodes or catalog pages only.</summary>
    public long SlotsMax(int segmentBytes) => (long)_rows.Count * (segmentBytes / BlockId.NodeBytes);

    /// <summary>The rows that the next segments will take.</summary>
    public IEnumerable<int> NextRows(int count) => _freeRows.Concat(Enumerable.Range(_rows.Count, count)).Take(count);

    public bool TryGet(long number, out SegmentInfo? segment) => _segments.TryGetValue(number, out segment);

    /// <summary>Adds a segment that has just been opened for appending.</summary>
    public SegmentInfo Add(long number, SegmentFile file, int granuleLog2)
    {
        int row = _freeRows.TryPop(out int free) ? free : _rows.Count;
        SegmentInfo segment = _blank.TryPop(out SegmentInfo? blank) ? blank : Blank();
        segment.Number = number;
        segment.Row = row;
        segment.GranuleLog2 = granuleLog2;
        segment.File = file;
        segment.IsActive = true;
        Place(segment);
        return segment;
    }

    /// <summary>Makes ahead what the next segments need, so that a write that opens one allocates nothing.</summary>
    public void Prepare()
    {
        while (_blank.Count < BlankMax)
        {
            _blank.Push(Blank());
        }
    }

    public void Remove(SegmentInfo segment)
    {
        _segments.Remove(segment.Number);
        _rows[segment.Row] = null;
        _leftRows.Add(segment.Row);
        _dirtyPages.Add(segment.Row / TablePage.RowsPerPage);
    }

    /// <summary>Lets other segments take the rows of removed ones. A checkpoint without these is durable.</summary>
    public void FreeLeftRows()
    {
        foreach (int row in _leftRows)
        {
            _freeRows.Push(row);
        }

        _leftRows.Clear();
    }

    public void MarkDirty(SegmentInfo segment) => MarkDirty(segment.Row / TablePage.RowsPerPage);

    public void MarkDirty(int page) => _dirtyPages.Add(page);

    /// <summary>The pages changed since the last call, with their rows encoded as of now.</summary>
    public List<(int Page, byte[] Bytes)> TakeDirtyPages()
    {
        var pages = new List<(int, byte[])>(_dirtyPages.Count);
        foreach (int page in _dirtyPages.Order())
        {
            byte[] bytes = new byte[TablePage.Bytes];
            for (int i = 0; i < TablePage.RowsPerPage; i++)
            {
                int row = (page * TablePage.RowsPerPage) + i;
                if (row < _rows.Count && _rows[row] is { } segment)
                {
                    ToRow(segment).Encode(TablePage.Row(bytes.AsSpan(), i));
                }
            }

            pages.Add((page, bytes));
        }

        _dirtyPages.Clear();
        return pages;
    }

    /// <summary>Takes over a page read from disk.</summary>
    public void LoadPage(int page, ReadOnlySpan<byte> bytes, Func<int, SegmentFile> fileOf)
    {
        for (int i = 0; i < TablePage.RowsPerPage; i++)
        {
            TableRow row = TableRow.Decode(TablePage.Row(bytes, i));
            int index = (page * TablePage.RowsPerPage) + i;
            if (row.Segment == 0)
            {
                while (_rows.Count <= index)
                {
                    _rows.Add(null);
                }

                _freeRows.Push(index);
                continue;
            }

            SegmentFile file = fileOf(row.File);
            file.Bytes = row.FileBytes;
            Place(new SegmentInfo
            {
                Number = row.Segment,
                Row = index,
                GranuleLog2 = row.GranuleLog2,
                File = file,
                SlotCount = row.SlotCount,
                LiveBytes = row.LiveBytes,
                NodeBytes = row.NodeBytes,
                IsRelocated = row.Relocated,
                DataOffset = row.DataOffset,
                IndexOffset = row.IndexOffset,
                RecordCount = row.RecordCount,
                CountsVersion = row.CountsVersion,
                CountsChecksum = row.CountsChecksum,
            });
        }

        _dirtyPages.Remove(page);
    }

    // Filled in by Add.
    private static SegmentInfo Blank() => new() { Number = 0, Row = 0, GranuleLog2 = 0, File = null! };

    private void Place(SegmentInfo segment)
    {
        while (_rows.Count <= segment.Row)
        {
            _rows.Add(null);
        }

        _rows[segment.Row] = segment;
        _segments[segment.Number] = segment;
        MarkDirty(segment);
    }

    private static TableRow ToRow(SegmentInfo segment) => new()
    {
        Segment = segment.Number,
        File = segment.File.Number,
        FileBytes = (int)segment.File.Bytes,
        SlotCount = segment.SlotCount,
        LiveBytes = (int)segment.LiveBytes,
        NodeBytes = (int)segment.NodeBytes,
        DataOffset = segment.DataOffset,
        IndexOffset = segment.IndexOffset,
        RecordCount = segment.RecordCount,
        GranuleLog2 = (byte)segment.GranuleLog2,
        Relocated = segment.IsRelocated,
        CountsVersion = segment.CountsVersion,
        CountsChecksum = segment.CountsChecksum,
    };
}
