using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Snapshots;

/// <summary>
/// The work behind the scenes: handing chunks to the device, applying reference changes, releasing, checkpoints, compaction, files ahead
/// of need. Three threads do it, or the callers themselves when the pool has none; a writer that runs too far ahead does a share itself,
/// which bounds memory, log and dead space.
/// </summary>
internal sealed class Upkeep : IDisposable
{
    // Reference changes that wait before they are applied, 8 bytes each: so few that whoever asks for exact counts has little left to do.
    private const long DrainDue = 1 << 17;

    // So many, and the writers apply them.
    private const long QueueMax = 1 << 22;

    // Beyond so many times what is due, the writers do it themselves.
    private const int Overdue = 4;

    // More than that appended between two looks: the disks are busy, and compaction waits for a quieter time.
    private const long BusyBytes = 1 << 20;

    // A writer that outruns compaction does a step of it for each so many bytes.
    private const long BytesPerStep = 8 << 20;

    // Looks in a row that find the disks quiet, 50 ms apart, after which free files kept for busy times are given back.
    private const int QuietLooks = 100;

    // Of the live bytes, what may be dead when there is no space for anything else.
    private const double ScarceShare = 0.02;

    private readonly PoolCore _core;
    private readonly Lock _lock = new();
    private readonly Lock _catchUp = new();
    private readonly long _checkpointBytes;
    private readonly IWorker? _writer;
    private readonly IWorker? _keeper;
    private readonly IWorker? _maker;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _releaseWanted;

    // Whether dead space has outgrown its bound for busy times.
    private volatile bool _outrun;
    private long _steppedAt;

    // What had been appended when the last look for space found none: nothing changed since, so another one finds none either.
    private long _futileAt = -1;

    // Under _lock: whether compaction found no space, whether it is due, and what had been appended at the last look.
    private bool _lacksSpace;
    private bool _compactionDue;
    private long _seenBytes;
    private int _quietLooks;
    private long _seenAtLook;

    public Upkeep(PoolCore core)
    {
        _core = core;
        // Never so many segments that a number lost in a crash could be given again (I13), even for a writer two intervals ahead.
        _checkpointBytes = Math.Min(core.Options.CheckpointBytes, (long)FormatVersion.SegmentNumberGap / 8 * core.Store.SegmentBytes);
        if (core.Options.BackgroundWork && !core.Options.ReadOnly)
        {
            IWorkQueue queue = core.Options.WorkQueue ?? new WorkerThreads();
            _writer = queue.Start("BlockSnap writer", () => !TryWriteOut(), core.Fault);
            _keeper = queue.Start("BlockSnap upkeep", Run, core.Fault);
            core.Store.Log.ChunkSealed = _writer.Signal;
            _maker = queue.Start("BlockSnap files", core.Store.MakeSpare, core.Store.Log.Fault);
            core.Store.Log.SegmentOpened = _maker.Signal;

            // As much log as may lie between two checkpoints: what they give back, the next ones need.
            core.Store.Files.SparesMax = Math.Max(SegmentFiles.SparesAtRest, (int)(Overdue * _checkpointBytes / core.Store.SegmentBytes));
        }

        core.Engine.AfterAppend = AfterAppend;
        core.Engine.MakeSpace = TryMakeSpace;
        core.AfterRelease = AfterRelease;
    }

    /// <summary>The locks of the pool that the calling thread holds; a simulation asks before it does something else in between.</summary>
    public PoolLocks HeldLocks => _core.Store.HeldLocks | (_lock.IsHeldByCurrentThread ? PoolLocks.Upkeep : PoolLocks.None);

    /// <summary>Whether a writer of so many bytes more would have to do a share of the work itself.</summary>
    public bool WouldWait(long bytes) =>
        _outrun
        || _core.IsCacheFull
        || _core.Store.Ledger.Queue.Length > QueueMax
        || LogBytes + bytes > Overdue * _checkpointBytes
        || _core.Store.Log.PendingBytes + bytes > _core.Options.WriteBufferBytes;

    private long LogBytes => _core.Store.Log.AppendedBytes - _core.Store.AppendedAtCheckpoint;

    private bool IsDrainDue => _core.Store.Ledger.Queue.Length > DrainDue;

    private bool IsCheckpointDue => LogBytes > _checkpointBytes || _core.IsCacheCrowded || _core.Store.Files.IsReserveTaken || _core.Store.AbandonedBytes > _checkpointBytes;

    /// <summary>Does what is due. One at a time.</summary>
    /// <returns>Whether something is left for a quieter time.</returns>
    public bool Run()
    {
        lock (_lock)
        {
            DrainIfDue();
            bool released = _releaseWanted;
            _releaseWanted = false;
            if (released && !TryReleaseAll(_stop.Token))
            {
                return _releaseWanted;
            }

            if (released || IsCheckpointDue)
            {
                if (!TryCheckpoint())
                {
                    return false;
                }

                _compactionDue = true;
            }

            if (_compactionDue)
            {
                Reclaim();
            }

            return _compactionDue | HoldSpares();
        }
    }

    /// <summary>Releases everything that waits, and gives back all dead space.</summary>
    public void Compact(double deadShare, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ReleaseAll(cancellationToken);
            _core.Checkpoint();
            StoreUsage before = _core.Store.GetUsage();
            var meter = new ProgressMeter(progress, _core.Options.TimeProvider);

            // No more steps than there are segments now: disks that are written meanwhile make dead bytes for ever.
            for (int steps = _core.Store.SegmentCount; steps > 0 && _core.Store.CompactOnce(deadShare, slackBytes: 0, cancellationToken); steps--)
            {
                _core.Checkpoint();
                meter.Report(Math.Max(0, before.DeadBytes - _core.Store.GetUsage().DeadBytes), before.DeadBytes);
            }

            _core.Checkpoint();
            _core.Store.Trim(keep: 0);
        }
    }

    /// <summary>Ends the threads and leaves the pool such that opening it again has nothing to replay.</summary>
    public void Close(bool faulted)
    {
        _stop.Cancel();
        _core.Engine.AfterAppend = static () => { };
        _core.AfterRelease = static () => { };
        _core.Store.Log.ChunkSealed = null;
        _core.Store.Log.SegmentOpened = null;
        _writer?.Dispose();
        _keeper?.Dispose();
        _maker?.Dispose();
        if (!faulted && !_core.IsUntouched && !_core.Options.ReadOnly)
        {
            TryReleaseAll(CancellationToken.None); // what cannot be read for want of descriptors is found again at the next opening
            if (!TryCheckpoint(clean: true))
            {
                _core.Store.Log.Flush(); // then nothing is lost, and the next opening replays it
            }

            _core.Store.Trim(SegmentFiles.SparesAtRest);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _keeper?.Dispose();
        _maker?.Dispose();
        _stop.Dispose();
    }

    // Something was deleted: what it held is released now rather than at the next checkpoint.
    private void AfterRelease()
    {
        if (_keeper is null)
        {
            return;
        }

        _releaseWanted = true;
        _keeper.Signal();
    }

    private void AfterAppend()
    {
        if (_core.Store.Log.PendingBytes > _core.Options.WriteBufferBytes)
        {
            TryWriteOut();
        }

        if (_keeper is null)
        {
            if (IsDrainDue || IsCheckpointDue)
            {
                Run();
            }

            return;
        }

        if (IsDrainDue || IsCheckpointDue)
        {
            _keeper.Signal();
            CatchUp();
        }

        if (_outrun)
        {
            HelpCompaction();
        }
    }

    // The keeper does not keep up: the writer does what bounds log and memory itself.
    private void CatchUp()
    {
        if (_core.Store.Ledger.Queue.Length > QueueMax)
        {
            _core.Store.Ledger.Drain();
        }

        if (IsCheckpointOverdue)
        {
            lock (_catchUp)
            {
                _core.Store.AwaitCheckpoint();
                if (IsCheckpointOverdue)
                {
                    TryCheckpoint();
                }
            }
        }
    }

    private bool IsCheckpointOverdue => LogBytes > Overdue * _checkpointBytes || _core.IsCacheFull;

    // Dead space grows faster than the keeper moves what is alive: the writers take their share of the work, a step at a time.
    private void HelpCompaction()
    {
        long appended = _core.Store.Log.AppendedBytes;
        long last = Volatile.Read(ref _steppedAt);
        if (appended - last < BytesPerStep || Interlocked.CompareExchange(ref _steppedAt, appended, last) != last)
        {
            return;
        }

        try
        {
            _core.Store.CompactOnce(BusyShare, BusySlack, _stop.Token);
        }
        catch (Exception e) when (Shortage.Is(e) || e is BlockCorruptedException or OperationCanceledException)
        {
            // the keeper meets the same, and knows what to do
        }
    }

    // False when the device has no space for what was appended: it stays in the buffer, and no more data are taken meanwhile.
    private bool TryWriteOut()
    {
        try
        {
            _core.Store.Log.WriteOut();
            return true;
        }
        catch (PoolFullException)
        {
            return false;
        }
    }

    // False when there is no space for it, or no descriptor: it stays due, and no data are taken that would need more.
    private bool TryCheckpoint(bool clean = false)
    {
        try
        {
            _core.Checkpoint(clean);
            return true;
        }
        catch (Exception e) when (Shortage.Is(e))
        {
            return false;
        }
    }

    // A write found no space: all that is dead is given back before it is refused. Not from within other work of the pool, which holds
    // the locks for that, and not again before something has happened.
    private bool TryMakeSpace()
    {
        if (HeldLocks != PoolLocks.None || _core.Store.Log.AppendedBytes == Volatile.Read(ref _futileAt))
        {
            return false;
        }

        lock (_lock)
        {
            if (TryWriteOut() && TryReleaseAll(_stop.Token) && TryCheckpoint())
            {
                _seenBytes = _core.Store.Log.AppendedBytes; // no quieter time will come
                Reclaim();
            }

            Volatile.Write(ref _futileAt, _core.Store.Log.AppendedBytes);
            return true;
        }
    }

    // False when the pool is closing: what was not released is found again at the next opening; or for want of descriptors: then it stays due.
    private bool TryReleaseAll(CancellationToken cancellationToken)
    {
        try
        {
            ReleaseAll(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (TooManyFilesException)
        {
            _releaseWanted = true;
            return false;
        }
    }

    private void ReleaseAll(CancellationToken cancellationToken) => _core.Store.Ledger.DrainAll(cancellationToken);

    // After a checkpoint: releases go on, then compaction as long as more than the tolerated share is dead. While the disks are busy
    // more is tolerated; the rest stays due. Where there is no space for another container, the checkpoint gives back what the last ones
    // were made of, and it goes on.
    private void Reclaim()
    {
        try
        {
            ReleaseAll(_stop.Token);
            do
            {
                _lacksSpace = false;
                bool moved = false;
                while (Move())
                {
                    moved = true;
                    DrainIfDue();
                    if (IsCheckpointDue)
                    {
                        _core.Checkpoint();
                        moved = false;
                    }
                }

                if (!moved)
                {
                    return;
                }

                _core.Checkpoint();
            }
            while (_lacksSpace);
        }
        catch (OperationCanceledException)
        {
            // closing: what was not done is found again at the next opening
            _compactionDue = false;
        }
        catch (Exception e) when (Shortage.Is(e))
        {
            // no room for the checkpoint: deletes will make some; or no descriptor: the next checkpoint makes it due again
            _compactionDue = false;
        }
    }

    private double BusyShare => 2 * _core.Options.DeadShare;

    private long BusySlack => Overdue * _checkpointBytes;

    private bool Move()
    {
        bool scarce = _core.Store.Files.IsReserveShort;
        bool busy = _keeper is not null && IsBusy(ref _seenBytes) && !scarce;
        try
        {
            bool moved = (busy, scarce) switch
            {
                (true, _) => _core.Store.CompactOnce(BusyShare, BusySlack, _stop.Token),
                (_, true) => _core.Store.CompactOnce(ScarceShare, slackBytes: 0, _stop.Token),
                _ => _core.Store.CompactOnce(_core.Options.DeadShare, _core.Store.SegmentBytes, _stop.Token),
            };
            _outrun = busy && moved;
            _compactionDue = busy || moved;
            return moved;
        }
        catch (Exception e) when (Shortage.Is(e))
        {
            _lacksSpace = true;
            _compactionDue = _outrun = false;
            return false;
        }
    }

    // Keeps the free files of busy times until the disks have been quiet for a while. False when none are left to give back.
    private bool HoldSpares()
    {
        if (_core.Store.Files.Spares <= SegmentFiles.SparesAtRest || _keeper is null)
        {
            return false;
        }

        _quietLooks = IsBusy(ref _seenAtLook) ? 0 : _quietLooks + 1;
        if (_quietLooks < QuietLooks)
        {
            return true;
        }

        _core.Store.Trim(SegmentFiles.SparesAtRest);
        _quietLooks = 0;
        return false;
    }

    private bool IsBusy(ref long seenBytes)
    {
        long appended = _core.Store.Log.AppendedBytes;
        bool busy = appended - seenBytes > BusyBytes;
        seenBytes = appended;
        return busy;
    }

    private void DrainIfDue()
    {
        if (IsDrainDue)
        {
            _core.Store.Ledger.Drain();
        }
    }
}
