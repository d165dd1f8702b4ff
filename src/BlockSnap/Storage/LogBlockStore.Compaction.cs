using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <content>Compaction: what is alive of sparse files goes into one container; names stay, maps are not touched.</content>
internal sealed partial class LogBlockStore
{
    private readonly Lock _compaction = new();

    // Files that compaction found damaged and leaves alone; guarded by its lock.
    private readonly HashSet<SegmentFile> _damaged = [];

    // One container's bytes, kept for the next: fresh memory of this size costs more than what is done in it.
    private byte[]? _containerImage;

    /// <summary>
    /// Moves what is alive out of the emptiest files, one container's worth, when more than a share of the stored bytes is dead.
    /// The container is whole and durable before the table names it, and the old files go with the next checkpoint; so a stop at any
    /// point leaves one valid place for each block. Blocks are proven on the way: damage is never carried over.
    /// A checkpoint may free a victim's segments meanwhile: the victims' files are pinned, so that none of them begins another life, and
    /// what has left the table is not moved.
    /// </summary>
    /// <param name="deadShare">Dead bytes tolerated, as a share of live ones.</param>
    /// <param name="slackBytes">Dead bytes tolerated besides.</param>
    /// <returns>Whether something was moved.</returns>
    public bool CompactOnce(double deadShare, long slackBytes, CancellationToken cancellationToken)
    {
        lock (_compaction)
        {
            List<Victim> victims = Hold(ChooseVictims(deadShare, slackBytes));
            try
            {
                return Compact(victims, cancellationToken);
            }
            finally
            {
                foreach (Victim victim in victims)
                {
                    victim.File.Unpin();
                }
            }
        }
    }

    private bool Compact(List<Victim> victims, CancellationToken cancellationToken)
    {
        var builder = new ContainerBuilder(SegmentBytes);
        foreach (Victim victim in victims)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TrySurvey(victim, out List<(SegmentInfo, List<LogRecord>)> segments) && !builder.TryAdd(segments))
            {
                break;
            }
        }

        if (builder.IsEmpty)
        {
            return false;
        }

        SegmentFile target;
        lock (Gate)
        {
            Log.ThrowIfFaulted();
            target = Files.AllocateContainer();
        }

        try
        {
            WriteContainer(target, builder);
        }
        catch
        {
            lock (Gate)
            {
                Files.Free(target);
            }

            throw;
        }

        Publish(target, builder);
        return true;
    }

    // Pins the files whose segments are all in the table still, and forgets the others.
    private List<Victim> Hold(List<Victim> victims)
    {
        lock (Gate)
        {
            victims.RemoveAll(victim => !victim.Residents.TrueForAll(IsInTable));
            foreach (Victim victim in victims)
            {
                victim.File.AddPin();
            }
        }

        return victims;
    }

    private bool IsInTable(SegmentInfo segment) => Table.TryGet(segment.Number, out SegmentInfo? known) && known == segment;

    // From here on readers find the blocks in the container; the old files wait for a checkpoint that says so too.
    private void Publish(SegmentFile target, ContainerBuilder builder)
    {
        target.PackedLiveBytes = builder.LiveBytes;
        lock (Gate)
        {
            _abandoned.Add(target); // freed like the others should nothing live in it by then
            foreach ((SegmentInfo segment, ContainerPlacement placement) in builder.Placements.Where(moved => IsInTable(moved.Segment)))
            {
                if (!_abandoned.Contains(segment.File))
                {
                    _abandoned.Add(segment.File);
                }

                segment.File = target;
                segment.IsRelocated = true;
                segment.DataOffset = placement.DataOffset;
                segment.IndexOffset = placement.IndexOffset;
                segment.RecordCount = placement.RecordCount;
                segment.Kept = placement.Kept;
                Table.MarkDirty(segment);
            }
        }
    }

    // A file and the segments that live in it.
    private sealed record Victim(SegmentFile File, List<SegmentInfo> Residents, long LiveBytes);

    // The emptiest files first, as long as more than the tolerated share is dead; together they fill about one container.
    private List<Victim> ChooseVictims(double deadShare, long slackBytes)
    {
        var files = new Dictionary<SegmentFile, Victim>();
        long live = 0;
        lock (Ledger.Sync)
        {
            lock (Gate)
            {
                foreach (SegmentInfo segment in Table.All)
                {
                    if (segment.IsActive || segment.Number >= ReplaySegment || _damaged.Contains(segment.File))
                    {
                        continue;
                    }

                    live += segment.LiveBytes;
                    Victim victim = files.TryGetValue(segment.File, out Victim? known) ? known : new Victim(segment.File, [], 0);
                    victim.Residents.Add(segment);
                    files[segment.File] = victim with { LiveBytes = victim.LiveBytes + segment.LiveBytes };
                }
            }
        }

        long dead = files.Keys.Sum(file => file.Bytes) - live;
        long tolerated = (long)(deadShare * live) + slackBytes;
        var chosen = new List<Victim>();
        long room = SegmentBytes;
        foreach (Victim victim in files.Values.Where(v => v.LiveBytes > 0).OrderBy(v => v.LiveBytes))
        {
            // What the container's own index takes, for blocks of 4 KiB. A file that would shrink by less than a sixteenth is not worth
            // the move, nor is a container of which no sixteenth has died since it was packed; so rounds end.
            long cost = victim.LiveBytes + (victim.LiveBytes / 128) + ((victim.Residents.Count + 1) * FormatVersion.PageBytes);
            long least = victim.File.Bytes / 16;
            if (victim.File.Bytes - cost < least || (victim.File.PackedLiveBytes != long.MaxValue && victim.LiveBytes > victim.File.PackedLiveBytes - least))
            {
                continue;
            }

            if (dead <= tolerated || cost > room)
            {
                break;
            }

            chosen.Add(victim);
            room -= cost;
            dead -= victim.File.Bytes - cost;
        }

        return chosen;
    }

    // What of a file is alive. False when it cannot be told for sure: then it stays where it is, for check and scrub to name.
    private bool TrySurvey(Victim victim, out List<(SegmentInfo, List<LogRecord>)> segments)
    {
        segments = [];
        foreach (SegmentInfo segment in victim.Residents)
        {
            List<LogRecord> records;
            try
            {
                records = RecordsOf(segment);
            }
            catch (PoolCorruptedException)
            {
                _damaged.Add(victim.File);
                return false;
            }

            lock (Ledger.Sync)
            {
                records.RemoveAll(record => Ledger.CountOf(new BlockId(segment.Number, record.Slot, record.SizeClass)) == 0);
                if (records.Sum(record => (long)record.StoredBytes) != segment.LiveBytes)
                {
                    _damaged.Add(victim.File); // a head is damaged: moving would lose the blocks behind it
                    return false;
                }
            }

            segments.Add((segment, records));
        }

        return true;
    }

    private void ReadProven(SegmentInfo segment, ReadOnlySpan<LogRecord> run, Span<byte> destination)
    {
        BlockPlace place;
        lock (Gate)
        {
            place = Locate(segment, run[0].Slot);
        }

        try
        {
            place.Handle.Read(place.Offset, destination);
        }
        finally
        {
            place.Release();
        }

        foreach (ref readonly LogRecord record in run)
        {
            int granules = segment.GranulesOf(record.StoredBytes) << segment.GranuleLog2;
            ulong actual = BlockChecksum.Compute(destination[..record.StoredBytes]);
            if (actual != record.Checksum)
            {
                throw new BlockCorruptedException($"slot {record.Slot} of segment {segment.Number} in {place.Handle.Name}", expected: record.Checksum, actual: actual);
            }

            destination = destination[granules..];
        }
    }

    /// <summary>Every block record of a segment, in slot order.</summary>
    public List<LogRecord> RecordsOf(SegmentInfo segment)
    {
        IDeviceFile handle;
        SegmentFile file;
        bool relocated;
        lock (Gate)
        {
            file = segment.File;
            relocated = segment.IsRelocated;
            handle = Files.Pin(file);
        }

        try
        {
            if (relocated)
            {
                return [.. ContainerIndex.Read(handle, _current.Salt, segment)];
            }

            var records = new List<LogRecord>();
            new LogScanner(Files, _current.Salt, SegmentBytes).ReadSegment(handle, segment, (in BatchHeader _, ReadOnlySpan<byte> bytes) =>
            {
                var reader = new RecordReader(bytes);
                while (reader.MoveNext())
                {
                    if (reader.Current.IsBlock)
                    {
                        records.Add(reader.Current);
                    }
                }
            });
            return records;
        }
        finally
        {
            file.Unpin();
        }
    }

    private void WriteContainer(SegmentFile target, ContainerBuilder builder)
    {
        byte[] image = _containerImage ??= GC.AllocateUninitializedArray<byte>(SegmentBytes);
        int bytes;
        try
        {
            bytes = builder.Build(image, target.Number, _current.Salt, ReadProven);
        }
        catch (BlockCorruptedException)
        {
            foreach ((SegmentInfo segment, _) in builder.Placements)
            {
                _damaged.Add(segment.File); // the last of them it is; none of them is moved, so that damage is never carried over
            }

            throw;
        }

        IDeviceFile handle;
        lock (Gate)
        {
            handle = Files.Pin(target);
        }

        try
        {
            handle.SetLength(bytes);
            target.Bytes = bytes;
            for (int at = 0; at < bytes; at += LogWriter.ChunkBytes)
            {
                handle.Write(at, image.AsSpan(at, Math.Min(LogWriter.ChunkBytes, bytes - at)));
            }

            handle.Flush();
            _device.FlushNames(); // always: whether names are durable is the log's to know, and a flush of it may be half way
        }
        catch (Exception e) when (e is not PoolFaultedException)
        {
            Log.Fault(e);
            throw new PoolFaultedException(e);
        }
        finally
        {
            target.Unpin();
        }
    }
}
