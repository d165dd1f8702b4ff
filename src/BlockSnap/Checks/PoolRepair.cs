using BlockSnap.Devices;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Pools;
using BlockSnap.Storage;

namespace BlockSnap.Checks;

/// <summary>
/// Makes a checkpoint anew from the data files alone: the segment table from what lies in them, the root from the newest checkpoint in the
/// log from which the rest of the log can be followed, the counts from the maps. Superblock, table, counts and releases need not be there.
/// All of it happens in memory over the source, which is never written to.
/// </summary>
internal sealed partial class PoolRepair
{
    // Checkpoints of the log that are tried at most, newest first.
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
        if (_inventory.Header is null && !IsBlank)
        {
            throw new PoolCorruptedException(source.Description, "no data file has a header that is whole: there is nothing to repair the pool from");
        }
    }

    /// <summary>Whether the log is damaged where it was durable, and how many batches behind that are left out.</summary>
    public (bool IsCut, int BatchesLeftOut) Cut { get; private set; }

    /// <summary>Data files of which nothing can be told.</summary>
    public IReadOnlyList<string> FilesLeftOut => _inventory.Strange;

    // Created, and never written to: the superblock says all there is to say, and no table says more.
    private bool IsBlank => _superblock is { Clean: true, ReplaySegment: 0 } && CheckpointFiles.LastSegmentOf(_source) == 0;

    /// <summary>The source with a checkpoint that can be opened.</summary>
    public OverlayDevice Build()
    {
        var overlay = new OverlayDevice(_source);
        if (_inventory.Header is null)
        {
            KeepOnly([CheckpointFiles.SuperblockName, CheckpointFiles.SuperblockCopyName], overlay);
            return overlay;
        }

        RepairCandidate chosen = Choose();
        List<TableRow> rows = PlaceSegments(chosen);
        KeepOnly([.. rows.Select(row => SegmentFile.NameOf(row.File)), .. Tail(chosen)], overlay);
        CutAfter(chosen.End, overlay);
        WriteCheckpoint(chosen, rows, overlay);
        return overlay;
    }

    private void KeepOnly(HashSet<string> kept, OverlayDevice overlay)
    {
        foreach (string name in _source.List().Where(name => !kept.Contains(name)))
        {
            overlay.Delete(name);
        }
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

    // The candidate from which the log can be followed furthest, and of several the one with the fewest nodes lost: a crash may have torn the newest.
    private RepairCandidate Choose()
    {
        RepairCandidate? best = null;
        PoolCorruptedException? failure = null;
        foreach ((LogPosition start, byte[] root) in Starts())
        {
            var candidate = new RepairCandidate(_inventory, start, root);
            if (best is not null && candidate.End.Sequence < best.End.Sequence)
            {
                continue;
            }

            try
            {
                candidate.Walk(_cancellationToken);
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

    // The files of the log behind the checkpoint.
    private IEnumerable<string> Tail(RepairCandidate candidate) => _inventory.Places
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

    // Whether the log may have gone on behind its end, in a file that is lost. A crash may also leave the name of a next file and no file: what
    // cannot be told from a loss is called one.
    private bool WentOn(LogPosition end) =>
        _superblock?.NextBatch > end.Sequence
        || CheckpointFiles.LastSegmentOf(_source) > end.Segment
        || (end.Offset == SegmentHeader.Bytes && !_inventory.Places.ContainsKey(end.Segment));
}
