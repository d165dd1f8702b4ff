using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Pools;

/// <summary>
/// The work behind the scenes: handing chunks to the device, applying reference changes, releasing, checkpoints, compaction, files ahead
/// of need. Three threads do it, or the callers themselves when the pool has none; a writer that runs too far ahead does a share itself,
/// which bounds memory, log and dead space.
/// </summary>
internal sealed partial class Upkeep : IDisposable
{
    // With more reference changes than this waiting, 8 bytes each, they are applied: so whoever asks for exact counts has little left to do.
    private const long DrainDue = 1 << 17;

    // With more unreferenced volatile nodes than this waiting, their own references are given back: so few that the cache has room.
    private const int VolatileDue = 64;

    // When the log is so many times as long as what makes a checkpoint due, the writers make it themselves.
    private const int Overdue = 2;

    // A checkpoint is due when the log is as long as a quarter of what the pool holds, or these segments if that is more: a small pool stays small.
    private const int CheckpointShare = 4;
    private const int CheckpointSegments = 16;

    private readonly PoolCore _core;
    private readonly Lock _lock = new();
    private readonly long _checkpointBytesMax;
    private readonly IWorker? _writer;
    private readonly IWorker? _keeper;
    private readonly IWorker? _maker;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _releaseWanted;

    // Callers that wait for _lock.
    private volatile int _waiting;

    public Upkeep(PoolCore core)
    {
        _core = core;

        // So few segments that no number lost in a crash could be given again (I13), even with a writer several intervals ahead.
        _checkpointBytesMax = Math.Min(core.Options.CheckpointBytes, (long)FormatVersion.SegmentNumberGap / 8 * core.Store.SegmentBytes);
        if (core.Options.BackgroundWork && !core.Options.ReadOnly)
        {
            IWorkQueue queue = core.Options.WorkQueue ?? new WorkerThreads();
            _writer = queue.Start("BlockSnap writer", () => !TryWriteOut(), core.Fault);
            _keeper = queue.Start("BlockSnap upkeep", Run, core.Fault);
            core.Store.Log.ChunkSealed = _writer.Signal;
            _maker = queue.Start("BlockSnap files", MakeSpare, core.Store.Log.Fault);
            core.Store.Log.SegmentOpened = _maker.Signal;

            // For as much log as lies between two checkpoints, and half as much for what is appended while one is made: what one checkpoint gives
            // back is needed before the next.
            core.Store.Files.SparesMax = Math.Max(SegmentFiles.SparesAtRest, (int)(_checkpointBytesMax * 3 / 2 / core.Store.SegmentBytes));
        }

        core.Engine.AfterAppend = AfterAppend;
        core.Engine.MakeSpace = TryMakeSpace;
        core.AfterRelease = AfterRelease;
        core.Pins.LastReleased = WantRelease;
        if (_keeper is not null && core.Store.SegmentCount > 0)
        {
            _openedAt = core.Options.TimeProvider.GetTimestamp();
            _releaseWanted = core.Store.Ledger.HasReleases;
            _keeper.Signal();
        }
    }

    /// <summary>The locks of the pool that the calling thread holds; a simulation asks before it does something else in between.</summary>
    public PoolLocks HeldLocks => _core.Store.HeldLocks | (_lock.IsHeldByCurrentThread ? PoolLocks.Upkeep : PoolLocks.None);

    private long LogBytes => _core.Store.Log.AppendedBytes - _core.Store.AppendedAtCheckpoint;

    // The bytes of log after which a checkpoint is due; a hint when the gate is not held.
    private long CheckpointBytes => Math.Clamp(
        (long)Math.Max(CheckpointSegments, _core.Store.Files.InUse / CheckpointShare) * _core.Store.SegmentBytes,
        _checkpointBytesMax / CheckpointShare,
        _checkpointBytesMax);

    private bool IsDrainDue => _core.Store.Ledger.Queue.Length > DrainDue || _core.Map.Waiting > VolatileDue;

    private bool IsCheckpointDue =>
        Math.Max(LogBytes, _core.Store.AbandonedBytes) > CheckpointBytes || _core.IsCacheCrowded || _core.Store.Files.IsReserveTaken;

    /// <summary>Does what is due. One at a time.</summary>
    /// <returns>Whether something is left for a quieter time.</returns>
    public bool Run()
    {
        lock (_lock)
        {
            DrainIfDue();
            TakeUpWhatWasLeft();
            bool released = _releaseWanted;
            _releaseWanted = false;
            if (released && !TryReleaseAll(_stop.Token))
            {
                return _releaseWanted;
            }

            if (released || IsCheckpointDue || IsSettlingDue)
            {
                if (!TryCheckpoint())
                {
                    _releaseWanted |= released; // the next time that there is anything to do
                    _awaitsQuiet = false; // an append that finds much dead sets it again
                    return AwaitsRest;
                }

                _compactionDue = true;
                _givesBack |= released && GivesBackAfterDeletes;
                _isSpaceWanted |= released;
            }

            if (_compactionDue)
            {
                Reclaim();
            }

            return _compactionDue | GiveBack() | AwaitsSettling | HoldSpares() | AwaitsRest;
        }
    }

    /// <summary>Releases everything that waits, and gives back all dead space.</summary>
    public void Compact(double deadShare, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using (EnterAtOnce())
        {
            _core.Store.TryDamagedAgain();
            ReleaseAll(cancellationToken);
            _core.Checkpoint();
            long dead = BytesToMove();
            var meter = new ProgressMeter(progress, _core.Options.TimeProvider);

            // No more steps than there are segments now: disks that are written meanwhile go on making dead bytes.
            for (int steps = _core.Store.SegmentCount; steps > 0 && _core.Store.CompactOnce(deadShare, slackBytes: 0, cancellationToken); steps--)
            {
                _core.Checkpoint();
                meter.Report(Math.Max(0, dead - BytesToMove()), dead);
            }

            _core.Checkpoint();
            if (GivesBackAfterDeletes)
            {
                long done = Math.Max(0, dead - BytesToMove());
                _core.Store.TryGiveBackDead(
                    () => !cancellationToken.IsCancellationRequested,
                    given => meter.Report(Math.Min(dead, done += given), dead));
                cancellationToken.ThrowIfCancellationRequested();
            }

            _core.Store.Trim(keep: 0);
        }
    }

    /// <summary>Ends the threads and leaves the pool such that opening it again has nothing to replay.</summary>
    public void Close(bool faulted)
    {
        _stop.Cancel();
        _core.Engine.AfterAppend = static () => { };
        _core.AfterRelease = static () => { };
        _core.Pins.LastReleased = static () => { };
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

            _core.Store.Trim(SparesAtRest);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _keeper?.Dispose();
        _maker?.Dispose();
        _stop.Dispose();
    }

    // Dead bytes, and holes, which are no less work: what lies around them is moved.
    private long BytesToMove()
    {
        StoreUsage usage = _core.Store.GetUsage();
        return usage.DeadBytes + usage.HoleBytes;
    }

    // When enough were made the keeper is signalled: it gives them back once nothing happens.
    private bool MakeSpare()
    {
        bool again = _core.Store.MakeSpare();
        if (!again && GivesBackAfterDeletes)
        {
            _keeper!.Signal();
        }

        return again;
    }

    // For work that somebody waits for: the keeper puts off what it does in quiet times.
    private Lock.Scope EnterAtOnce()
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            return _lock.EnterScope();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // Something was deleted: what it held is released now rather than at the next checkpoint, and what readers hold of it when they are done.
    private void AfterRelease()
    {
        using (_core.Gate.Enter())
        {
            _core.Pins.NoteDeletion();
        }

        WantRelease();
    }

    private void WantRelease()
    {
        if (_keeper is null)
        {
            return;
        }

        _releaseWanted = true;
        _keeper.Signal();
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

    private void DrainIfDue()
    {
        if (IsDrainDue)
        {
            _core.Store.Ledger.Drain();
        }
    }
}
