using System.Runtime.InteropServices;
using BlockSnap.Devices;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap.Checks;

/// <content>The checkpoint that is written: where the segments lie, and what refers to their blocks.</content>
internal sealed partial class PoolRepair
{
    // Each segment gets the place that has most of its needed blocks. A segment of which nothing is left gets a file that does not exist: so what
    // refers to it fails with an error that says so, and can be deleted like any other block.
    private List<TableRow> PlaceSegments(RepairCandidate candidate)
    {
        var rows = new List<TableRow>();
        int missing = _inventory.FilesMax;
        foreach (long segment in candidate.Segments.Keys.Append(candidate.Start.Segment).Distinct().Order())
        {
            SegmentReferences? references = candidate.Segments.GetValueOrDefault(segment);
            uint[] counts = references?.Counts ?? [];
            LogInventory.SegmentPlace? place = (_inventory.Places.GetValueOrDefault(segment) ?? [])
                .OrderByDescending(p => Enumerable.Range(0, counts.Length).Count(slot => counts[slot] > 0 && p.OffsetOf(slot) >= 0))
                .ThenByDescending(p => p.IsContainer)
                .FirstOrDefault();
            bool isStart = segment == candidate.Start.Segment;
            int slots = isStart && place is not null ? candidate.Start.Offset >> place.GranuleLog2 : place?.SlotCount ?? counts.Length;
            rows.Add(new TableRow
            {
                Segment = segment,
                File = place?.File ?? missing++,
                FileBytes = place?.FileBytes ?? _inventory.Header!.Value.SegmentBytes,
                SlotCount = slots,
                LiveBytes = references?.LiveBytes ?? 0,
                NodeBytes = references?.NodeBytes ?? 0,
                DataOffset = place?.DataOffset ?? 0,
                IndexOffset = place?.IndexOffset ?? 0,
                RecordCount = place?.RecordCount ?? 0,
                GranuleLog2 = (byte)(place?.GranuleLog2 ?? _inventory.GranuleOf(segment)),
                Relocated = place?.IsContainer ?? false,
                CountsVersion = 0,
                CountsChecksum = counts.Length == 0 ? 0 : BlockChecksum.Compute(MemoryMarshal.AsBytes(counts.AsSpan())),
            });
        }

        return rows;
    }

    private void WriteCheckpoint(RepairCandidate candidate, List<TableRow> rows, OverlayDevice overlay)
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
                if (candidate.Segments.TryGetValue(rows[i].Segment, out SegmentReferences? references))
                {
                    files.WriteCounts(i, 0, MemoryMarshal.AsBytes(references.Counts.AsSpan()));
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
            NextSegment = _inventory.Places.Keys.Concat(candidate.Segments.Keys).Max() + 1,
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
