using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <content>Compaction: what is alive of sparse files goes into one container; names stay, maps are not touched.</content>
internal sealed partial class LogBlockStore
{
    // A smaller container is no gain.
    private const int ContainerBytesMin = 4 * FormatVersion.PageBytes;

    private readonly Lock _compaction = new();

    // The memory in which containers are put together, kept for the next one: fresh memory of this size costs more than the work in it.
    private byte[]? _containerImage;

    /// <summary>Bytes of files whose blocks were moved and which go with the next checkpoint; a hint.</summary>
    public long AbandonedBytes => (long)_abandoned.Count * SegmentBytes;

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
    /// <exception cref="PoolFullException">There is no space for a container, not even for a small one; nothing changed.</exception>
    public bool CompactOnce(double deadShare, long slackBytes, CancellationToken cancellationToken)
    {
        lock (_compaction)
        {
            long containerBytes = SegmentBytes;
            while (true)
            {
                List<Victim> victims = Hold(ChooseVictims(deadShare, slackBytes, containerBytes));
                try
                {
                    if (Compact(victims, out bool setAside, cancellationToken))
                    {
                        return true;
                    }

                    if (!setAside)
                    {
                        return false;
                    }
                }
                catch (PoolFullException) when (containerBytes > ContainerBytesMin)
                {
                    containerBytes /= 2;
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
    }

    private bool Compact(List<Victim> victims, out bool setAside, CancellationToken cancellationToken)
    {
        if (Gather(victims, out setAside, cancellationToken) is not { } builder)
        {
            return false;
        }

        SegmentFile target = AllocateContainer(builder.Bytes);
        bool written = false;
        try
        {
            written = TryWriteContainer(target, builder);
        }
        finally
        {
            if (!written)
            {
                using (Gate.Enter())
                {
                    Files.Free(target);
                }
            }
        }

        setAside |= !written;
        if (written)
        {
            Publish(target, builder);
        }

        return written;
    }

    // Takes what is alive in as many files as fit; null when moving all of it together is no gain. A file that cannot be moved, or not with a
    // gain, is set aside: the next choice passes it over.
    private ContainerBuilder? Gather(List<Victim> victims, out bool setAside, CancellationToken cancellationToken)
    {
        setAside = false;
        var builder = new ContainerBuilder(SegmentBytes);
        var added = new List<Victim>();
        foreach (Victim victim in victims)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TrySurvey(victim, out List<(SegmentInfo Segment, List<LogRecord> Kept)> segments))
            {
                setAside = true;
            }
            else if (!IsWorthMoving(victim.File.Bytes, ContainerBuilder.BytesOf(segments)))
            {
                _tight[victim.File] = victim.LiveBytes;
                setAside = true;
            }
            else if (builder.TryAdd(segments)) // one that does not fit beside the others is for the next container
            {
                added.Add(victim);
            }
        }

        if (added.Count == 0)
        {
            return null;
        }

        if (IsWorthMoving(added.Sum(static victim => victim.File.Bytes), builder.Bytes))
        {
            return builder;
        }

        // They are less dead than was estimated. Were they chosen again, none of the others would ever be moved.
        added.ForEach(victim => _tight[victim.File] = victim.LiveBytes);
        setAside = true;
        return null;
    }

    private SegmentFile AllocateContainer(long bytes)
    {
        using (Gate.Enter())
        {
            Log.ThrowIfFaulted();

            // The old files come back with a checkpoint, so what that needs is left.
            long bytesOfCheckpoint = BytesOfCheckpoint();
            int leave = IsCheckpointed(bytesOfCheckpoint) || SegmentFiles.HasRoomInSegment(bytesOfCheckpoint, Log.RoomInSegment) ? 0 : 1;
            return Log.AllocateContainer(bytes, leave);
        }
    }

    // False when a block in one of the files is damaged. That file is set aside, and none is moved this time: damage is never carried over.
    private bool TryWriteContainer(SegmentFile target, ContainerBuilder builder)
    {
        byte[] image = _containerImage ??= GC.AllocateUninitializedArray<byte>(SegmentBytes);
        int bytes;
        try
        {
            bytes = builder.Build(image, target.Number, _current.Salt, ReadProven);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }

        IDeviceFile handle;
        using (Gate.Enter())
        {
            handle = Files.Pin(target);
        }

        bool flushing = false;
        try
        {
            handle.SetLength(bytes);
            target.Bytes = bytes;
            for (int at = 0; at < bytes; at += SegmentFiles.BytesPerFlush)
            {
                flushing = false; // nothing names the container yet, and one that finds no space is given back
                handle.Write(at, image.AsSpan(at, Math.Min(SegmentFiles.BytesPerFlush, bytes - at)));
                flushing = true;
                handle.Flush();
            }

            _device.FlushNames(); // always: only the log knows whether names are durable, and a flush of it may be half way
        }
        catch (Exception e) when (e is not PoolFaultedException && !(e is PoolFullException && !flushing))
        {
            Log.Fault(e);
            throw new PoolFaultedException(e);
        }
        finally
        {
            target.Unpin();
        }

        return true;
    }

    private void ReadProven(SegmentInfo segment, ReadOnlySpan<LogRecord> run, Span<byte> destination)
    {
        try
        {
            BlockPlace place;
            using (Gate.Enter())
            {
                place = Locate(segment, run[0].Slot);
            }

            try
            {
                place.Read(destination);
            }
            finally
            {
                place.Release();
            }

            foreach (ref readonly LogRecord record in run)
            {
                ulong actual = BlockChecksum.Compute(destination[..record.StoredBytes]);
                if (actual != record.Checksum)
                {
                    throw new BlockCorruptedException(
                        $"The checksum of slot {record.Slot} of segment {segment.Number} in {place.Handle.Name} does not match",
                        expected: record.Checksum,
                        actual: actual);
                }

                destination = destination[segment.PaddedBytesOf(record.StoredBytes)..];
            }
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            _damaged.Add(segment.File);
            throw;
        }
    }

    // From here on readers find the blocks in the container; the old files wait for a checkpoint that says so too.
    private void Publish(SegmentFile target, ContainerBuilder builder)
    {
        using (Gate.Enter())
        {
            _abandoned.Add(target); // freed like the others, should nothing live in it by the next checkpoint
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
                segment.LiveBytesGivenBackAt = long.MaxValue; // something may have died in it on the way
                segment.GivenBackBytes = 0;
                Table.MarkDirty(segment);
            }
        }
    }
}
