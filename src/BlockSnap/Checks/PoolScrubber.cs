using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Mapping;
using BlockSnap.Pools;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Checks;

/// <summary>
/// Reads everything that is stored once, segment by segment in the order of their numbers, and proves it by the log's own records; so the
/// work does not depend on how many snapshots there are, and a segment's number is all that going on later takes. Maps are walked only
/// when something is damaged, all of a family at once, to say what uses it. The pool goes on meanwhile: what is written after the beginning
/// is left to the next scrub.
/// </summary>
internal sealed class PoolScrubber(PoolCore core, ScrubOptions options, IProgress<ScrubProgress>? progress, CancellationToken cancellationToken)
{
    private readonly TimeProvider _time = core.Options.TimeProvider;
    private readonly DamageIndex _damage = new();
    private readonly byte[] _buffer = new byte[Math.Max(LogBlockStore.ScrubReadBytes, BlockSize.MaximumBytes)];
    private ProgressMeter? _meter;
    private long _started;
    private long _total;
    private long _bytes;
    private long _blocks;

    public async Task<ScrubReport> RunAsync()
    {
        _started = _time.GetTimestamp();
        _meter = new ProgressMeter(null, _time);
        (long[] segments, int lastSlots, _total) = core.Store.BeginScrub(options.StartAt);
        int next = 0;
        while (next < segments.Length && !(_bytes >= options.BytesMax))
        {
            using SegmentSurvey? survey = core.Store.Survey(segments[next], next == segments.Length - 1 ? lastSlots : int.MaxValue);
            if (survey is not null)
            {
                await ScrubAsync(survey).ConfigureAwait(false);
            }

            next++;
            Report(segments[next - 1] + 1);
        }

        if (!_damage.IsEmpty)
        {
            Locate();
        }

        bool isComplete = next == segments.Length;
        PoolDamage[] damage = [.. _damage.Findings.Select(finding => finding.ToDamage())];
        core.Diary.Found(damage.Select(each => each.Message));
        return new ScrubReport(isComplete, isComplete ? 0 : segments[next], _blocks, _bytes, damage);
    }

    private async Task ScrubAsync(SegmentSurvey survey)
    {
        string file = survey.File.Name;
        if (survey.AreCountsDamaged)
        {
            string message = $"The counts of segment {survey.Segment} do not match their checksum: "
                + "its blocks count as in use until the pool is repaired.";
            _damage.Add(new DamageFinding("counts-corrupted", message, CheckpointFiles.CountsName));
        }

        if (survey.Failure is { } failure)
        {
            string code = survey.Handle is null ? "file-missing" : "index-corrupted";
            _damage.AddWhole(survey.Segment, new DamageFinding(code, $"Segment {survey.Segment} cannot be read: {failure.Message}", file));
            return;
        }

        if (survey.IsHeaderDamaged)
        {
            string message = $"The header of segment {survey.Segment} is damaged. Nothing is lost; "
                + "but a repair that had no segment table would not find the segment.";
            _damage.Add(new DamageFinding("header-corrupted", message, file));
        }

        if (survey.Unrecorded.Count > 0)
        {
            string message = $"The log's records of {survey.Unrecorded.Count} blocks of segment {survey.Segment} are damaged; "
                + "those not named here were proven by a map.";
            _damage.AddUnrecorded(survey.Segment, survey.Unrecorded, new DamageFinding("records-corrupted", message, file));
        }

        for (int first = 0; first < survey.Blocks.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = LogBlockStore.Verify(survey, first, _buffer, (record, reason) => AddBlock(survey, record, reason));
            for (int i = first; i < first + count; i++)
            {
                _bytes += survey.Blocks[i].Record.StoredBytes;
            }

            _blocks += count;
            first += count;
            Report(survey.Segment);
            await KeepPaceAsync().ConfigureAwait(false);
        }
    }

    private void AddBlock(SegmentSurvey survey, in LogRecord record, string reason)
    {
        var id = new BlockId(survey.Segment, record.Slot, record.SizeClass);
        (string code, string what) = (record.Disk, record.Kind) switch
        {
            (CatalogPages.DiskNumber, _) => ("catalog-corrupted", "Page of the catalog"),
            (_, RecordKind.Node) => ("node-corrupted", "Map node"),
            _ => ("block-corrupted", "Block"),
        };
        _damage.AddBlock(survey.Segment, record.Slot, new DamageFinding(code, $"{what} {id} in {survey.File.Name}: {reason}.", survey.File.Name));
    }

    private async ValueTask KeepPaceAsync()
    {
        if (options.BytesPerSecond is { } rate)
        {
            TimeSpan ahead = TimeSpan.FromSeconds((double)_bytes / rate) - _time.GetElapsedTime(_started);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Report(long position)
    {
        if (progress is not null)
        {
            long total = Math.Max(_total, _bytes);
            progress.Report(new ScrubProgress(_bytes, total, position, _meter!.Remaining(_bytes, total), _damage.Count));
        }
    }

    // Names what uses the damaged blocks.
    private void Locate()
    {
        List<uint> families;
        using (core.Gate.Enter())
        {
            families = [.. core.Catalog.All.Select(chain => chain.Family).Distinct()];
        }

        foreach (uint family in families)
        {
            using var states = FamilyStates.Hold(core, family);
            var walk = new SharingWalk(core.Engine.Reader, cancellationToken)
            {
                IsDamaged = node => Find(node) is not null,
                Damaged = (node, first, count, owners, failure) =>
                {
                    DamageFinding? finding = Find(node);
                    if (finding is null)
                    {
                        finding = new DamageFinding("node-corrupted", $"Map node {node.Id}: {failure?.Message}", "");
                        _damage.Add(finding);
                    }

                    Add(finding, states, first, count, owners);
                },
            };
            walk.Run(states.Roots, static _ => true, (block, index, owners) =>
            {
                if (Find(block) is { } finding)
                {
                    Add(finding, states, index, 1, owners);
                }
            });
        }

        core.Store.Ledger.Drain();
        _damage.Forget(core.Store.IsInUse);
    }

    private DamageFinding? Find(NodeEntry entry) => _damage.Find(entry.Id, () => CanRead(entry));

    private bool CanRead(NodeEntry entry)
    {
        try
        {
            core.Store.Read(entry.Id, entry.Checksum, _buffer.AsSpan(0, entry.Id.Length));
            return true;
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }
    }

    private static DamagedState StateOf(SnapshotState? snapshot) => snapshot?.Place switch
    {
        null => DamagedState.Disk,
        SnapshotPlace.Trash => DamagedState.Trash,
        SnapshotPlace.Undo => DamagedState.UndoPoint,
        _ => DamagedState.Snapshot,
    };

    private static void Add(DamageFinding finding, FamilyStates states, long first, long count, ReadOnlySpan<int> owners)
    {
        foreach (int owner in owners)
        {
            DiskVolume volume = states.Chains[owner].Volume;
            var snapshot = states.Owners[owner] as SnapshotState;
            long size = snapshot?.Facts.Size ?? volume.Size;
            long blocks = DiskVolume.BlocksOf(size, volume.BlockSize);
            if (first < blocks)
            {
                long offset = first << volume.BlockSize.Log2;
                long end = count >= blocks - first ? size : (first + count) << volume.BlockSize.Log2;
                finding.Add(states.Owners[owner], new DamagedRange(volume.Name, snapshot?.Facts.Name, offset, end - offset, StateOf(snapshot)));
            }
        }
    }
}
