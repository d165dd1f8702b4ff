using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <content>Checkpoints: the state of the log at one position made the new start of replay.</content>
internal sealed partial class LogBlockStore
{
    /// <summary>
    /// Makes a checkpoint.
    /// 1. Under the gate the floors above append what memory alone knows (map nodes, catalog) and give their root; the position behind it
    ///    is where replay will begin, and the reference changes queued so far belong to it.
    /// 2. Those changes are applied; later ones wait until the counts are written.
    /// 3. The log is flushed up to the position, at least.
    /// 4. Counts, pending releases and the segment table are written to the places that the valid superblock does not use, and flushed.
    /// 5. The other superblock slot is written and flushed: from here on the new state is the valid one.
    /// 6. Only now are files freed in which nothing lives any more (I5).
    /// A stop before 5 leaves the old checkpoint and the whole log behind it. So does a device without space, and then the pool goes on:
    /// what was written lies where the next checkpoint writes again, and memory keeps what that one has to write.
    /// </summary>
    /// <param name="publish">Called under the gate; returns the root.</param>
    /// <param name="clean">Whether nothing will be appended afterwards.</param>
    /// <exception cref="PoolFullException">There is no space for it; the pool is as before, and it can be tried again.</exception>
    /// <exception cref="PoolFaultedException">The device failed, now or earlier.</exception>
    public void Checkpoint(Func<CheckpointContent> publish, bool clean = false)
    {
        lock (_checkpoint)
        {
            lock (Ledger.Sync)
            {
                Ledger.CompleteQueue();
                CheckpointContent content;
                LogPosition position;
                List<ArraySegment<ulong>> changes;
                long appended;
                using (Gate.Enter())
                {
                    Log.ThrowIfFaulted();
                    Ledger.Queue.Complete();
                    content = publish();
                    if (!content.Root.AsSpan().SequenceEqual(_current.Root) || Log.IsBeyond(_current.ReplaySegment, _current.ReplayOffset))
                    {
                        Log.AppendCheckpoint(content.Root); // the superblock's root once more: should both its slots be lost, repair finds it
                    }

                    if (clean)
                    {
                        Log.End(); // what came behind the position would never be replayed
                    }
                    else
                    {
                        Log.EnsureSegment(); // replay must know where to begin
                    }

                    Log.CloseBatch();
                    position = Log.Position;
                    appended = Log.AppendedBytes;
                    changes = Ledger.Queue.Take();
                }

                try
                {
                    Ledger.Apply(changes);
                    Log.FlushTo(position);
                    WriteCheckpoint(content, position, clean);
                }
                catch (Exception e) when (e is not (PoolFaultedException or PoolFullException))
                {
                    Log.Fault(e);
                    throw new PoolFaultedException(e);
                }

                AppendedAtCheckpoint = appended;
                _buriedAtCheckpoint = Ledger.BuriedBytes;
            }
        }
    }

    /// <summary>Waits for the checkpoint that is being made, if one is.</summary>
    public void AwaitCheckpoint()
    {
        lock (_checkpoint)
        {
            // it is done
        }
    }

    /// <summary>Runs something that no checkpoint may happen beside.</summary>
    public T WithoutCheckpoints<T>(Func<T> work)
    {
        lock (_checkpoint)
        {
            return work();
        }
    }

    private void WriteCheckpoint(CheckpointContent content, LogPosition position, bool clean)
    {
        long sequence = _current.Sequence + 1;
        List<SegmentInfo> changed = Ledger.Counts.WriteDirty();
        byte releaseFile = (byte)(_current.ReleaseFile ^ 1);
        ulong[] releases = Ledger.Releases.Encode(content.Held);
        ulong releaseChecksum = _checkpointFiles.WriteReleases(releaseFile, releases);

        TableState table = TakeTable(position, changed);
        WriteTable(table.DirtyPages, sequence);
        var superblock = _current with
        {
            Sequence = sequence,
            Clean = clean,
            FileCount = table.FileCount,
            NextSegment = table.NextSegment,
            NextBatch = position.Sequence,
            ReplaySegment = position.Segment,
            ReplayFile = position.File,
            ReplayOffset = position.Offset,
            TablePages = table.PageCount,
            TableChecksum = _checkpointFiles.TableChecksum(table.PageCount),
            ReleaseFile = releaseFile,
            ReleaseCount = releases.Length / CheckpointFiles.WordsPerRelease,
            ReleaseChecksum = releaseChecksum,
            Root = content.Root,
        };
        try
        {
            _checkpointFiles.Flush(changed.Count > 0, releases.Length > 0, releaseFile);
            _checkpointFiles.WriteSuperblock(superblock);
        }
        catch (Exception e)
        {
            // For want of space too: a flush may have lost what it was for, and a superblock may be there already.
            Log.Fault(e);
            throw new PoolFaultedException(e);
        }

        _current = superblock;
        Ledger.Counts.Settle();
        GiveBackFiles();
    }

    // The table as a checkpoint writes it: without the segments in which nothing lives any more.
    private TableState TakeTable(LogPosition position, List<SegmentInfo> changed)
    {
        using (Gate.Enter())
        {
            _leaving.UnionWith(RemoveEmpty(position));
            foreach (SegmentInfo segment in changed)
            {
                if (Table.TryGet(segment.Number, out _))
                {
                    Table.MarkDirty(segment);
                }
            }

            if (Table.TryGet(position.Segment, out SegmentInfo? active))
            {
                Table.MarkDirty(active!);
            }

            return new TableState(Table.TakeDirtyPages(), Table.PageCount, Files.Count, Log.NextSegment);
        }
    }

    // Frees rows and files that the superblock no longer names, now that it is durable.
    private void GiveBackFiles()
    {
        using (Gate.Enter())
        {
            Table.FreeLeftRows();
            foreach (SegmentFile file in _leaving)
            {
                Files.Free(file);
            }

            _leaving.Clear();
            Files.Recycle();
            if (Files.IsReserveShort)
            {
                Log.RefillReserve();
            }
        }
    }

    // When a page finds no space, all of them are dirty again. The next attempt bears the same number, so it must write over every page that
    // this one wrote: none of them may be taken for one of its own.
    private void WriteTable(List<(int Page, byte[] Bytes)> pages, long sequence)
    {
        try
        {
            _checkpointFiles.WriteTable(pages, sequence);
        }
        catch (PoolFullException)
        {
            using (Gate.Enter())
            {
                foreach ((int page, _) in pages)
                {
                    Table.MarkDirty(page);
                }
            }

            throw;
        }
    }

    // Takes segments without references out of the table, and returns the files in which no segment is left. Ledger's lock and gate held.
    private List<SegmentFile> RemoveEmpty(LogPosition position)
    {
        var empty = new List<SegmentInfo>();
        foreach (SegmentInfo segment in Table.All)
        {
            if (segment is { LiveBytes: 0, IsActive: false } && segment.Number < position.Segment)
            {
                empty.Add(segment);
            }
        }

        var candidates = new HashSet<SegmentFile>(_abandoned);
        _abandoned.Clear();
        foreach (SegmentInfo segment in empty)
        {
            candidates.Add(segment.File);
            Table.Remove(segment);
            Ledger.Counts.Drop(segment);
        }

        if (candidates.Count == 0)
        {
            return [];
        }

        foreach (SegmentInfo segment in Table.All)
        {
            candidates.Remove(segment.File);
        }

        return [.. candidates];
    }

    // The first append after a clean stop: from here on the superblock no longer says that nothing follows its position, and names a
    // position even when the pool had no segment yet. Gate held.
    private void MarkUnclean()
    {
        LogPosition position = Log.Position;
        Mark(_current with { Clean = false, ReplaySegment = position.Segment, ReplayFile = position.File, ReplayOffset = position.Offset });
    }

    // The first append after a replay: should this recovery be cut short, the next one gives higher numbers (I13). Replay still begins at the
    // same place. Gate held.
    private void MarkRestarted() => Mark(_current);

    // Writes the superblock between two checkpoints. No checkpoint writes it at this time: it would have to append first, and so come here
    // itself. A failure ends writing: recovery would not find a log of which the superblock does not tell, or could not tell it from an older
    // life of its segment.
    private void Mark(Superblock state)
    {
        try
        {
            long sequence = _current.Sequence + 1;
            _checkpointFiles.WriteOverLeftOver(sequence);
            Superblock superblock = state with
            {
                Sequence = sequence,
                FileCount = Files.Count,
                NextSegment = Log.NextSegment,
                TableChecksum = _checkpointFiles.TableChecksum(_current.TablePages),
            };
            _checkpointFiles.WriteSuperblock(superblock);
            _current = superblock;
        }
        catch (Exception e) when (e is not PoolFaultedException)
        {
            Log.Fault(e);
            throw new PoolFaultedException(e);
        }
    }

    private readonly record struct TableState(List<(int Page, byte[] Bytes)> DirtyPages, int PageCount, int FileCount, long NextSegment);
}
