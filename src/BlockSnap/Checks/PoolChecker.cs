using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Pools;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Checks;

/// <summary>
/// Checks the newest checkpoint while the pool goes on: walks every map from its root, counts every reference again, and compares with
/// the counts, live bytes and places that the checkpoint wrote. What is reachable from it cannot be freed before the next one, and the
/// caller keeps that away. What dies and is not moved by compaction meanwhile is passed over.
/// </summary>
internal sealed class PoolChecker(
    PoolCore core,
    IReadOnlyList<string> incompleteSuperblocks,
    bool verifyData,
    IProgress<WorkProgress>? progress,
    CancellationToken cancellationToken)
{
    private const int ErrorsMax = 1000;

    private readonly ProgressMeter _progress = new(progress, core.Options.TimeProvider);
    private readonly List<CheckError> _errors = [];
    private readonly Dictionary<long, Segment> _segments = [];

    // Whether something could not be walked: then it is no error when fewer references are found than the counts say.
    private bool _incomplete;
    private long _checked;
    private long _total;

    // What the checkpoint says of a segment, and what the walk finds in it.
    private sealed class Segment(int index, TableRow row, int slots)
    {
        public int Index => index;

        public TableRow Row => row;

        public uint[] Found { get; } = new uint[slots];

        public long LiveBytes { get; set; }

        public long NodeBytes { get; set; }
    }

    public CheckResult Run()
    {
        foreach (string name in incompleteSuperblocks)
        {
            Report("superblock-damaged", $"'{name}' did not hold the newest superblock as it was written, the other copy did; it was written again");
        }

        (List<TableRow> rows, ulong[] releases) = core.Store.ReadCheckpoint();
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Segment != 0)
            {
                _segments[rows[i].Segment] = new Segment(i, rows[i], core.Store.SegmentBytes >> rows[i].GranuleLog2);
                _total += rows[i].LiveBytes / BlockId.NodeBytes;
            }
        }

        foreach ((string what, MapRoot root, BlockSize size) in Roots(releases))
        {
            Visit(what, root.Entry, root.Height, BlockId.ClassOf(size));
        }

        // Where counts are damaged, what the nodes there refer to is not given back.
        _incomplete |= _segments.Values.Any(segment => core.Store.ReadCounts(segment.Index, segment.Row) is null);

        foreach ((long number, Segment segment) in _segments)
        {
            Compare(number, segment);
        }

        _progress.Report(_checked, _checked);
        return new CheckResult(_errors, _checked);
    }

    // Every root the checkpoint knows: the catalog's own, those of disks and snapshots in it, and the references that wait to be given back.
    private List<(string What, MapRoot Root, BlockSize Size)> Roots(ulong[] releases)
    {
        var roots = new List<(string, MapRoot, BlockSize)>();
        try
        {
            var reader = new FieldReader(core.Store.Root.Span, "superblock");
            MapRoot catalogRoot = ItemCodec.ReadRoot(ref reader);
            int pageCount = (int)reader.UInt32();
            roots.Add(("the catalog", catalogRoot, BlockSize.Default));
            var volume = new DiskVolume(CatalogPages.DiskNumber, default, "catalog", 0, BlockSize.Default, catalogRoot);
            var catalog = new Catalog(core.Map, static () => 0);
            new CatalogPages(volume).Load(catalog, pageCount, (page, bytes) => core.Engine.ReadBlock(volume, page, bytes));
            foreach (ChainState chain in catalog.All)
            {
                DiskVolume disk = chain.Volume;
                roots.Add(($"disk '{disk.Name}'", disk.Root, disk.BlockSize));
                roots.AddRange(chain.States.Select(state => (NameOf(disk, state), state.Root, disk.BlockSize)));
            }
        }
        catch (BlockSnapException e) when (!Shortage.Is(e))
        {
            _incomplete = true;
            Report("catalog-corrupted", e.Message);
        }

        foreach ((PendingRelease release, _) in ReleaseList.Decode(releases))
        {
            roots.Add(("a pending release", new MapRoot(NodeEntry.Of(release.Id, release.Checksum), release.Level), default));
        }

        return roots;
    }

    private static string NameOf(DiskVolume disk, SnapshotState state) => state.Place switch
    {
        SnapshotPlace.Undo => $"undo point of '{disk.Name}'",
        SnapshotPlace.Trash => $"deleted snapshot '{disk.Name}@{state.Facts.Name}'",
        _ => $"snapshot '{disk.Name}@{state.Facts.Name}'",
    };

    // One more reference to what an entry names; its children are walked with the first one only.
    private void Visit(string what, NodeEntry entry, int level, int sizeClass)
    {
        if (entry.IsNone)
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        BlockId id = entry.Id;
        if (!_segments.TryGetValue(id.Segment, out Segment? segment) || id.Slot >= segment.Found.Length)
        {
            Report("segment-missing", $"{what} refers to block {id} in a segment that the table does not have");
            return;
        }

        if (segment.Found[id.Slot]++ > 0)
        {
            return;
        }

        segment.LiveBytes += id.Length;
        segment.NodeBytes += id.IsNode ? id.Length : 0;
        if (++_checked % 1024 == 0)
        {
            _progress.Report(Math.Min(_checked, _total), _total);
        }

        if (level == 0)
        {
            VisitBlock(what, entry);
            return;
        }

        byte[] node = new byte[NodeLayout.Bytes];
        try
        {
            core.Store.ReadNode(id, entry.Checksum, node);
        }
        catch (BlockSnapException e) when (!Shortage.Is(e))
        {
            _incomplete = true;
            ReportUnlessDead(id, "node-corrupted", $"{what}: {e.Message}");
            return;
        }

        foreach (NodeEntry child in NodeLayout.Entries(node.AsSpan()))
        {
            Visit(what, child, level - 1, sizeClass);
        }
    }

    private void VisitBlock(string what, NodeEntry entry)
    {
        try
        {
            if (verifyData)
            {
                core.Store.Read(entry.Id, entry.Checksum, new byte[entry.Id.Length]);
            }
            else
            {
                using (core.Gate.Enter())
                {
                    core.Store.Locate(entry.Id).Release();
                }
            }
        }
        catch (BlockCorruptedException e)
        {
            ReportUnlessDead(entry.Id, "block-corrupted", $"{what}: {e.Message}");
        }
        catch (BlockSnapException e) when (!Shortage.Is(e))
        {
            ReportUnlessDead(entry.Id, "block-missing", $"{what}: {e.Message}");
        }
    }

    // What has died since the checkpoint may be left out of a container that compaction made meanwhile. That is no damage: the files that the
    // checkpoint names still have it.
    private void ReportUnlessDead(BlockId id, string code, string message)
    {
        if (!HasDied(id))
        {
            Report(code, message);
        }
    }

    private bool HasDied(BlockId id)
    {
        try
        {
            return core.Store.HasDied(id);
        }
        catch (PoolCorruptedException)
        {
            return false; // counts that cannot be read do not tell
        }
    }

    private void Compare(long number, Segment segment)
    {
        uint[] found = segment.Found;
        uint[]? stored = core.Store.ReadCounts(segment.Index, segment.Row);
        if (stored is null)
        {
            Report(
                "counts-corrupted",
                $"the counts of segment {number} do not match their checksum; its blocks count as in use until the pool is repaired");
            return;
        }

        if (IsWrong(segment.LiveBytes, segment.Row.LiveBytes))
        {
            Report(
                "live-bytes-wrong",
                $"the blocks of segment {number} that are referred to have {segment.LiveBytes} bytes, its row says {segment.Row.LiveBytes}");
        }

        if (IsWrong(segment.NodeBytes, segment.Row.NodeBytes))
        {
            Report(
                "node-bytes-wrong",
                $"the map nodes of segment {number} that are referred to have {segment.NodeBytes} bytes, its row says {segment.Row.NodeBytes}");
        }

        for (int slot = 0; slot < found.Length; slot++)
        {
            if (IsWrong(found[slot], stored[slot]))
            {
                Report("count-wrong", $"slot {slot} of segment {number} is referred to {found[slot]} times, its count says {stored[slot]}");
            }
        }
    }

    private bool IsWrong(long found, long stored) => _incomplete ? found > stored : found != stored;

    private void Report(string code, string message)
    {
        if (_errors.Count < ErrorsMax)
        {
            _errors.Add(new CheckError(code, message));
        }
    }
}
