using System.Runtime.InteropServices;
using BlockSnap.Devices;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Storage;

namespace BlockSnap.Snapshots;

/// <summary>
/// Makes a checkpoint anew from the data files alone: the segment table from what lies in them, the root from the newest checkpoint in the
/// log from which the rest of the log can be followed, the counts from the maps. Superblock, table, counts and releases need not be there.
/// All of it happens in memory over the source, which is never written to.
/// </summary>
internal sealed class PoolRepair
{
    private const int CandidatesMax = 4;

    private readonly IStorageDevice _source;
    private readonly Superblock? _superblock;
    private readonly LogInventory _inventory;
    private readonly CancellationToken _cancellationToken;

    public PoolRepair(IStorageDevice source, CancellationToken cancellationToken)
    {
        _source = source;
        _cancellationToken = cancellationToken;
        _superblock = ReadSuperblock(source);
        _inventory = LogInventory.Take(source, _superblock, cancellationToken);
        if (_inventory.Header is null)
        {
            throw new PoolCorruptedException(source.Description, "no data file has a header that is whole: there is nothing to repair the pool from");
        }
    }

    /// <summary>Whether the log is damaged where it was durable, and how many batches behind that are left out.</summary>
    public (bool IsCut, int BatchesLeftOut) Cut { get; private set; }

    public IReadOnlyList<string> FilesLeftOut => _inventory.Strange;

    // A checkpoint, its maps walked: references found by segment, and how many nodes could not be read.
    private sealed record Candidate(LogPosition Start, LogPosition End, byte[] Root)
    {
        public Dictionary<long, uint[]> Found { get; } = [];

        public Dictionary<long, long> LiveBytes { get; } = [];

        public Dictionary<long, long> NodeBytes { get; } = [];

        public int LostNodes { get; set; }
    }

    /// <summary>The source with a checkpoint that can be opened.</summary>
    public OverlayDevice Build()
    {
        Candidate chosen = Choose();
        var overlay = new OverlayDevice(_source);
        List<TableRow> rows = PlaceSegments(chosen);
        HashSet<string> kept = [.. rows.Select(row => SegmentFile.NameOf(row.File)), .. Tail(chosen)];
        foreach (string name in _source.List().Where(name => !kept.Contains(name)))
        {
            overlay.Delete(name);
        }

        CutAfter(chosen.End, overlay);
        WriteCheckpoint(chosen, rows, overlay);
        return overlay;
    }

    private static Superblock? ReadSuperblock(IStorageDevice device)
    {
        try
        {
            return CheckpointFiles.HasSuperblock(device) ? CheckpointFiles.ReadSuperblock(device) : null;
        }
        catch (PoolCorruptedException)
        {
            return null;
        }
    }

    // The one from which the log goes furthest, of those the one with the least lost: the newest may be what a crash tore.
    private Candidate Choose()
    {
        Candidate? best = null;
        PoolCorruptedException? failure = null;
        foreach ((LogPosition start, byte[] root) in Starts())
        {
            var candidate = new Candidate(start, _inventory.FollowFrom(start), root);
            if (best is not null && candidate.End.Sequence < best.End.Sequence)
            {
                continue;
            }

            try
            {
                Walk(candidate);
            }
            catch (PoolCorruptedException e)
            {
                failure = e;
                continue;
            }

            if (best is null || candidate.End.Sequence > best.End.Sequence || candidate.LostNodes < best.LostNodes)
            {
                best = candidate;
            }

            if (best.LostNodes == 0)
            {
                break;
            }
        }

        return best ?? throw failure ?? new PoolCorruptedException("log", "no checkpoint is left in it");
    }

    private IEnumerable<(LogPosition Start, byte[] Root)> Starts()
    {
        if (_superblock is { ReplaySegment: not 0 } known)
        {
            yield return (new LogPosition(known.ReplaySegment, known.ReplayFile, known.ReplayOffset, known.NextBatch), known.Root);
        }

        foreach ((LogPosition, byte[]) found in _inventory.Checkpoints.Take(CandidatesMax))
        {
            yield return found;
        }

        // A pool that was never checkpointed.
        foreach (LogInventory.SegmentPlace place in _inventory.Places.GetValueOrDefault(1) ?? [])
        {
            yield return (new LogPosition(1, place.File, SegmentHeader.Bytes, 1), PoolCore.EmptyRoot());
        }
    }

    private void Walk(Candidate candidate)
    {
        var reader = new FieldReader(candidate.Root, "checkpoint");
        MapRoot root = ItemCodec.ReadRoot(ref reader);
        int pages = (int)reader.UInt32();
        using var cache = new NodeCache(1 << 20);
        var catalog = new Catalog(new BlockMap(cache, new ReferenceQueue()), static () => 0);
        new CatalogPages(new DiskVolume(CatalogPages.DiskNumber, default, "catalog", 0, BlockSize.Default, root)).Load(catalog, pages, (page, bytes) => ReadCatalogPage(root, page, bytes));
        Visit(candidate, root.Entry, root.Height);
        foreach (ChainState chain in catalog.All)
        {
            Visit(candidate, chain.Volume.Root.Entry, chain.Volume.Root.Height);
            foreach (SnapshotState state in chain.States)
            {
                Visit(candidate, state.Root.Entry, state.Root.Height);
            }
        }
    }

    private void ReadCatalogPage(MapRoot root, long page, byte[] bytes)
    {
        NodeEntry entry = root.Entry;
        byte[] node = new byte[NodeLayout.Bytes];
        for (int level = root.Height; level > 0 && !entry.IsNone; level--)
        {
            if (!_inventory.TryRead(entry.Id, entry.Checksum, node))
            {
                throw new PoolCorruptedException("catalog", $"map node {entry.Id} is lost");
            }

            entry = NodeLayout.Entries(node.AsSpan())[(int)(page >> (NodeLayout.FanoutLog2 * (level - 1))) & (NodeLayout.Fanout - 1)];
        }

        if (!entry.IsNone && !_inventory.TryRead(entry.Id, entry.Checksum, bytes))
        {
            throw new PoolCorruptedException("catalog", $"page {page} is lost");
        }
    }

    // One more reference to what an entry names; its children are walked with the first one only.
    private void Visit(Candidate candidate, NodeEntry entry, int level)
    {
        if (entry.IsNone)
        {
            return;
        }

        _cancellationToken.ThrowIfCancellationRequested();
        BlockId id = entry.Id;
        if (!candidate.Found.TryGetValue(id.Segment, out uint[]? found))
        {
            candidate.Found[id.Segment] = found = new uint[_inventory.Header!.Value.SegmentBytes >> GranuleOf(id.Segment)];
        }

        if (id.Slot >= found.Length)
        {
            throw new PoolCorruptedException("map", $"block {id} lies beyond the end of its segment");
        }

        if (found[id.Slot]++ > 0)
        {
            return;
        }

        candidate.LiveBytes[id.Segment] = candidate.LiveBytes.GetValueOrDefault(id.Segment) + id.Length;
        candidate.NodeBytes[id.Segment] = candidate.NodeBytes.GetValueOrDefault(id.Segment) + (id.IsNode ? id.Length : 0);
        if (level == 0)
        {
            return;
        }

        byte[] node = new byte[NodeLayout.Bytes];
        if (!_inventory.TryRead(id, entry.Checksum, node))
        {
            candidate.LostNodes++;
            return;
        }

        foreach (NodeEntry child in NodeLayout.Entries(node.AsSpan()))
        {
            Visit(candidate, child, level - 1);
        }
    }

    // Of a segment of which nothing is left the granule is unknown: the finest has room for every slot.
    private int GranuleOf(long segment) => _inventory.Places.TryGetValue(segment, out List<LogInventory.SegmentPlace>? places) ? places[0].GranuleLog2 : 9;

    // Each segment in the place that has most of what is needed of it; one of which nothing is left in a file that does not exist, so that
    // what refers to it is an error that says so, and goes away like any other block.
    private List<TableRow> PlaceSegments(Candidate candidate)
    {
        var rows = new List<TableRow>();
        int missing = _inventory.FilesMax;
        foreach (long segment in candidate.Found.Keys.Append(candidate.Start.Segment).Distinct().Order())
        {
            uint[] found = candidate.Found.GetValueOrDefault(segment) ?? [];
            LogInventory.SegmentPlace? place = (_inventory.Places.GetValueOrDefault(segment) ?? [])
                .OrderByDescending(p => Enumerable.Range(0, found.Length).Count(slot => found[slot] > 0 && p.OffsetOf(slot) >= 0))
                .ThenByDescending(p => p.IsContainer)
                .FirstOrDefault();
            int slots = segment == candidate.Start.Segment && place is not null ? candidate.Start.Offset >> place.GranuleLog2 : place?.SlotCount ?? found.Length;
            rows.Add(new TableRow
            {
                Segment = segment,
                File = place?.File ?? missing++,
                FileBytes = place?.FileBytes ?? _inventory.Header!.Value.SegmentBytes,
                SlotCount = slots,
                LiveBytes = (int)candidate.LiveBytes.GetValueOrDefault(segment),
                NodeBytes = (int)candidate.NodeBytes.GetValueOrDefault(segment),
                DataOffset = place?.DataOffset ?? 0,
                IndexOffset = place?.IndexOffset ?? 0,
                RecordCount = place?.RecordCount ?? 0,
                GranuleLog2 = (byte)(place?.GranuleLog2 ?? GranuleOf(segment)),
                Relocated = place?.IsContainer ?? false,
                CountsVersion = 0,
                CountsChecksum = found.Length == 0 ? 0 : BlockChecksum.Compute(MemoryMarshal.AsBytes(found.AsSpan())),
            });
        }

        return rows;
    }

    // The files of the log behind the checkpoint.
    private IEnumerable<string> Tail(Candidate candidate) => _inventory.Places
        .Where(known => known.Key > candidate.Start.Segment && known.Key <= candidate.End.Segment)
        .SelectMany(known => known.Value)
        .Where(place => !place.IsContainer)
        .Select(place => SegmentFile.NameOf(place.File));

    // Where a durable batch is damaged the log ends, as after a crash.
    private void CutAfter(LogPosition end, OverlayDevice overlay)
    {
        (int batches, bool wasDurable) = _inventory.Beyond(end);
        Cut = (wasDurable || WentOn(end), batches);
        string name = SegmentFile.NameOf(end.File);
        if (wasDurable && overlay.Exists(name))
        {
            using IDeviceFile file = overlay.Open(name, DeviceFileMode.Open);
            file.Write(end.Offset, new byte[Math.Max(0, file.Length - end.Offset)]);
        }
    }

    // Whether the log is known to have gone on behind its end in a file that is lost. A crash may leave a name of a next file and no file:
    // what cannot be told from a loss is called one.
    private bool WentOn(LogPosition end) =>
        _superblock?.NextBatch > end.Sequence
        || CheckpointFiles.LastSegmentOf(_source) > end.Segment
        || (end.Offset == SegmentHeader.Bytes && !_inventory.Places.ContainsKey(end.Segment));

    private void WriteCheckpoint(Candidate candidate, List<TableRow> rows, OverlayDevice overlay)
    {
        SegmentHeader pool = _inventory.Header!.Value;
        using var files = new CheckpointFiles(overlay, pool.SegmentBytes);
        var pages = new List<(int, byte[])>();
        for (int first = 0; first < rows.Count; first += TablePage.RowsPerPage)
        {
            byte[] page = new byte[TablePage.Bytes];
            for (int i = first; i < Math.Min(rows.Count, first + TablePage.RowsPerPage); i++)
            {
                rows[i].Encode(TablePage.Row(page.AsSpan(), i - first));
                if (candidate.Found.TryGetValue(rows[i].Segment, out uint[]? found))
                {
                    files.WriteCounts(i, 0, MemoryMarshal.AsBytes(found.AsSpan()));
                }
            }

            pages.Add((pages.Count, page));
        }

        const long Sequence = 1;
        files.WriteTable(pages, Sequence);
        files.WriteSuperblock(new Superblock
        {
            PoolId = pool.PoolId,
            Created = pool.PoolCreated,
            SegmentBytes = pool.SegmentBytes,
            Sequence = Sequence,
            Clean = false,
            FileCount = Math.Max(_inventory.FilesMax, rows.Max(row => row.File) + 1),
            NextSegment = _inventory.Places.Keys.Concat(candidate.Found.Keys).Max() + 1,
            NextBatch = candidate.Start.Sequence,
            ReplaySegment = candidate.Start.Segment,
            ReplayFile = candidate.Start.File,
            ReplayOffset = candidate.Start.Offset,
            TablePages = pages.Count,
            TableChecksum = files.TableChecksum(pages.Count),
            ReleaseFile = 0,
            ReleaseCount = 0,
            ReleaseChecksum = BlockChecksum.Compute([]),
            Root = candidate.Root,
        });
    }
}
