using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <content>Creation, opening and recovery.</content>
internal sealed partial class LogBlockStore
{
    // Where the replayed log ends.
    private LogPosition _replayedUpTo;

    /// <summary>The superblock's files in which the newest one was not whole when the pool was opened.</summary>
    public IReadOnlyList<string> MendedSuperblocks { get; private set; } = [];

    /// <summary>Writes the first superblock of a new pool.</summary>
    public static LogBlockStore Create(IStorageDevice device, Guid poolId, byte[] root, StoreOptions options)
    {
        var superblock = new Superblock
        {
            PoolId = poolId,
            Created = options.Time.GetUtcNow().UtcTicks,
            SegmentBytes = options.SegmentBytes,
            Sequence = 1,
            Clean = true,
            FileCount = 0,
            NextSegment = 1,
            NextBatch = 1,
            ReplaySegment = 0,
            ReplayFile = 0,
            ReplayOffset = 0,
            TablePages = 0,
            ReleaseFile = 0,
            ReleaseCount = 0,
            TableChecksum = BlockChecksum.Compute([]),
            ReleaseChecksum = BlockChecksum.Compute([]),
            Root = root,
        };
        var store = new LogBlockStore(device, superblock, options);
        try
        {
            store._checkpointFiles.WriteSuperblock(superblock);
            store.Log.BeforeFirstAppend = store.MarkUnclean;
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Reads the newest checkpoint. <see cref="Recover"/> must follow before anything is appended.</summary>
    public static LogBlockStore Open(IStorageDevice device, StoreOptions options)
    {
        Superblock superblock = CheckpointFiles.ReadSuperblock(device);
        var store = new LogBlockStore(device, superblock, options);
        try
        {
            store.LoadTable();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Replays the log behind the checkpoint. Afterwards memory holds the recovered prefix; unless the stop was clean the log goes on in
    /// a segment whose number was never given before (I13), not even by a recovery that was cut short: before anything is written there
    /// the superblock is given that number. The caller must make a checkpoint before it promises anything: what was read here may still
    /// be in caches only.
    /// </summary>
    /// <returns>Whether there was anything to recover.</returns>
    public bool Recover(ILogReplay target)
    {
        bool replayed = false;
        ThrowIfSuperseded();
        if (_current.ReplaySegment != 0)
        {
            if (_current.Clean)
            {
                Resume(ReplayStart);
                Log.BeforeFirstAppend = MarkUnclean;
            }
            else
            {
                replayed = true;
                ReplayFrom(ReplayStart, target);
            }
        }
        else
        {
            Log.BeforeFirstAppend = MarkUnclean;
        }

        HashSet<int> used = [.. Table.All.Select(segment => segment.File.Number)];
        Files.FreeUnused(used.Contains);
        Files.TakeInLeftOvers();
        MendedSuperblocks = _checkpointFiles.FindIncompleteSuperblocks(_current);

        // Written again, even where it is whole: after a flush that failed the system may still show what it gave up writing, and the next
        // superblock is written over the one before. It also makes the two files alike after a crash between them.
        _checkpointFiles.WriteSuperblock(_current);
        return replayed;
    }

    /// <summary>Finds room for the checkpoint after a replay, on a device that has no space for another file.</summary>
    public void Squeeze()
    {
        using (Gate.Enter())
        {
            // The superblock may say that the next batch comes into a file whose name never became durable: then there is nothing to cut.
            if (Table.TryGet(_replayedUpTo.Segment, out SegmentInfo? last) && last is { IsRelocated: false } && Files.Exists(last.File))
            {
                Files.Squeeze(last.File, _replayedUpTo.Offset);
            }
        }
    }

    private LogPosition ReplayStart => new(_current.ReplaySegment, _current.ReplayFile, _current.ReplayOffset, _current.NextBatch);

    // A clean superblock is believed, and the log is not read: so it must not be one of an earlier clean stop.
    private void ThrowIfSuperseded()
    {
        if (_current.Clean)
        {
            HashSet<int> placed = [.. Table.All.Select(segment => segment.File.Number)];
            var scanner = new LogScanner(Files, _current.Salt, SegmentBytes);
            scanner.ThrowIfAnythingFollows(ReplayStart, _current.NextSegment, placed.Contains);
        }
    }

    private void Resume(LogPosition at)
    {
        if (!Table.TryGet(at.Segment, out SegmentInfo? active))
        {
            throw new PoolCorruptedException(CheckpointFiles.TableName, $"the active segment {at.Segment} is missing");
        }

        Log.Resume(active!, at.Offset);
    }

    private void LoadTable()
    {
        IReadOnlyList<byte[]> pages = _checkpointFiles.LoadTable(_current);
        var used = new HashSet<int>();
        var numbers = new HashSet<long>();
        foreach (byte[] page in pages)
        {
            for (int i = 0; i < TablePage.RowsPerPage; i++)
            {
                TableRow row = TableRow.Decode(TablePage.Row(page.AsSpan(), i));
                if (row.Segment != 0)
                {
                    row.ThrowIfNonsense(_current);
                    if (!numbers.Add(row.Segment))
                    {
                        throw new PoolCorruptedException(
                            CheckpointFiles.TableName,
                            $"its checksum is right, but two rows are of segment {row.Segment}");
                    }

                    used.Add(row.File);
                }
            }
        }

        Files.Load(_current.FileCount, used);
        for (int index = 0; index < pages.Count; index++)
        {
            Table.LoadPage(index, pages[index], Files.Claim);
        }

        AssumeGivenBack();
        Ledger.Releases.Load(_checkpointFiles.ReadReleases(_current), Ledger.Queue);
    }

    private void ReplayFrom(LogPosition start, ILogReplay target)
    {
        var scanner = new LogScanner(Files, _current.Salt, SegmentBytes);
        HashSet<int> placed = [.. Table.All.Where(known => known.Number <= start.Segment).Select(known => known.File.Number)];
        LogPosition end = scanner.FindEnd(start, placed.Contains);
        SegmentInfo? segment = null;
        int nextFile = -1;
        var replayed = new HashSet<SegmentFile>();
        scanner.Replay(start, end, (in BatchHeader header, ReadOnlySpan<byte> records) =>
        {
            if (segment?.Number != header.Segment)
            {
                segment = SegmentOf(scanner, header.Segment, header.Segment == start.Segment ? start.File : nextFile);
                replayed.Add(segment.File);
            }

            int batchEnd = header.Offset + header.TotalBytes;
            segment.SlotCount = Math.Max(segment.SlotCount, batchEnd >> segment.GranuleLog2);
            nextFile = header.NextFile;
            ReplayRecords(segment.Number, new RecordReader(records), target);
        });
        scanner.RewriteUnproven();
        FlushReplayed(replayed);
        foreach (SegmentInfo known in Table.All)
        {
            // The table may have been written when more had been appended than survived.
            if (!known.IsRelocated && known.Number >= end.Segment)
            {
                known.SlotCount = (known.Number == end.Segment ? end.Offset : SegmentHeader.Bytes) >> known.GranuleLog2;
            }
        }

        _replayedUpTo = end;
        Log.Restart(Math.Max(_current.NextSegment, end.Segment) + FormatVersion.SegmentNumberGap, end.Sequence);
        Log.BeforeFirstAppend = MarkRestarted;
    }

    // The file is that which the last batch of the segment before names; -1 when that batch did not end its segment.
    private SegmentInfo SegmentOf(LogScanner scanner, long number, int file)
    {
        if (file < 0)
        {
            throw new PoolCorruptedException("log", $"segment {number} follows a batch that does not end its segment");
        }

        if (Table.TryGet(number, out SegmentInfo? known))
        {
            return known!;
        }

        SegmentInfo added = Table.Add(number, Files.Claim(file), scanner.GranuleOf(number, file));
        added.IsActive = false;
        return added;
    }

    private static void ReplayRecords(long segment, RecordReader reader, ILogReplay target)
    {
        while (reader.MoveNext())
        {
            LogRecord record = reader.Current;
            switch (record.Kind)
            {
                case RecordKind.Data when record.Codec != 0:
                    throw new UnsupportedFormatException("log record", "codec", record.Codec, 0);
                case RecordKind.Data:
                    target.Replay(record, new BlockId(segment, record.Slot, record.SizeClass));
                    break;
                case RecordKind.Hole:
                    target.Replay(record, default);
                    break;
                case RecordKind.Operation:
                    target.ReplayOperation(reader.Payload);
                    break;
                case RecordKind.Node or RecordKind.Checkpoint:
                    break; // what a checkpoint that never became valid left behind
                default:
                    throw new PoolCorruptedException("log", $"a record of kind {(byte)record.Kind} is unknown to this version");
            }
        }
    }

    // The checkpoint to come names blocks of these files, and this process wrote few of them: what a killed one wrote and did not flush
    // lies in caches only.
    private void FlushReplayed(IEnumerable<SegmentFile> replayed)
    {
        foreach (SegmentFile file in replayed)
        {
            IDeviceFile handle = Files.Pin(file);
            try
            {
                handle.Flush();
            }
            finally
            {
                file.Unpin();
            }
        }

        _device.FlushNames();
    }
}
