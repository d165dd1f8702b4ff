using BlockSnap.Format;
using BlockSnap.Storage;

namespace BlockSnap.Snapshots;

/// <summary>
/// The work behind the scenes: handing chunks to the device, applying reference changes, releasing, checkpoints, compaction. Two threads
/// do it, or the callers themselves when the pool has none; a writer that runs too far ahead does a share itself, which bounds memory,
/// log and dead space.
/// </summary>
internal sealed class Upkeep : IDisposable
{
    // Reference changes that wait at most, 8 bytes each, before they are applied.
    private const long QueueMax = 1 << 20;
    private const int ReleasesPerStep = 64;

    private readonly PoolCore _core;
    private readonly Lock _lock = new();
    private readonly Lock _catchUp = new();
    private readonly long _checkpointBytes;
    private readonly BackgroundWorker? _writer;
    private readonly BackgroundWorker? _keeper;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _releaseWanted;

    public Upkeep(PoolCore core)
    {
        _core = core;
        // Never so many segments that a number lost in a crash could be given again (I13), even for a writer two intervals ahead.
        _checkpointBytes = Math.Min(core.Options.CheckpointBytes, (long)FormatVersion.SegmentNumberGap / 8 * core.Store.SegmentBytes);
        if (core.Options.BackgroundWork)
        {
            _writer = new BackgroundWorker("BlockSnap writer", core.Store.Log.WriteOut, core.Store.Log.Fault);
            _keeper = new BackgroundWorker("BlockSnap upkeep", Run, core.Store.Log.Fault);
            core.Store.Log.ChunkSealed = _writer.Signal;
        }

        core.Engine.AfterAppend = AfterAppend;
        core.AfterRelease = AfterRelease;
    }

    private long LogBytes => _core.Store.Log.AppendedBytes - _core.Store.AppendedAtCheckpoint;

    private bool IsDue => LogBytes > _checkpointBytes || _core.IsCacheCrowded || _core.Store.Ledger.Queue.Length > QueueMax;

    // Twice what is due: the keeper does not keep up.
    private bool IsOverdue => LogBytes > 2 * _checkpointBytes || _core.IsCacheFull || _core.Store.Ledger.Queue.Length > 4 * QueueMax;

    /// <summary>Does what is due. One at a time.</summary>
    public void Run()
    {
        lock (_lock)
        {
            if (_core.Store.Ledger.Queue.Length > QueueMax)
            {
                _core.Store.Ledger.Drain();
            }

            bool released = _releaseWanted;
            _releaseWanted = false;
            if (released && !TryReleaseAll())
            {
                return;
            }

            if (released || LogBytes > _checkpointBytes || _core.IsCacheCrowded)
            {
                _core.Checkpoint();
                Reclaim();
            }
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
            while (_core.Store.CompactOnce(deadShare, slackBytes: 0, cancellationToken))
            {
                _core.Checkpoint();
                progress?.Report(new WorkProgress(Math.Max(0, before.DeadBytes - _core.Store.GetUsage().DeadBytes), before.DeadBytes));
            }

            _core.Checkpoint();
            _core.Store.Trim();
        }
    }

    /// <summary>Ends the threads and leaves the pool such that opening it again has nothing to replay.</summary>
    public void Close(bool faulted)
    {
        _stop.Cancel();
        _core.Engine.AfterAppend = static () => { };
        _core.AfterRelease = static () => { };
        _core.Store.Log.ChunkSealed = null;
        _writer?.Dispose();
        _keeper?.Dispose();
        if (!faulted && !_core.IsUntouched)
        {
            ReleaseAll(CancellationToken.None);
            _core.Checkpoint(clean: true);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _keeper?.Dispose();
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
            _core.Store.Log.WriteOut();
        }

        if (!IsDue)
        {
            return;
        }

        if (_keeper is null)
        {
            Run();
            return;
        }

        _keeper.Signal();
        if (IsOverdue)
        {
            CatchUp();
        }
    }

    // The keeper does not keep up: the writer makes the checkpoint itself, which bounds log and memory, and waits for compaction only
    // when dead space has grown beyond its bound too.
    private void CatchUp()
    {
        lock (_catchUp)
        {
            if (_core.Store.Ledger.Queue.Length > 4 * QueueMax)
            {
                _core.Store.Ledger.Drain();
            }

            if (LogBytes <= 2 * _checkpointBytes && !_core.IsCacheFull)
            {
                return;
            }

            _core.Checkpoint();
        }

        StoreUsage usage = _core.Store.GetUsage();
        if (usage.DeadBytes > (2 * _core.Options.DeadShare * usage.LiveBytes) + (4 * _checkpointBytes))
        {
            Run();
        }
    }

    // False when the pool is closing: what was not released is found again at the next opening.
    private bool TryReleaseAll()
    {
        try
        {
            ReleaseAll(_stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void ReleaseAll(CancellationToken cancellationToken)
    {
        _core.Store.Ledger.Drain();
        while (_core.Store.Ledger.Step(ReleasesPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // After a checkpoint: releases go on, then compaction as long as more than the tolerated share is dead.
    private void Reclaim()
    {
        try
        {
            ReleaseAll(_stop.Token);
            if (MoveAll())
            {
                _core.Checkpoint();
            }
        }
        catch (OperationCanceledException)
        {
            // closing: what was not done is found again at the next opening
        }
        catch (PoolFullException)
        {
            // no room for the checkpoint: deletes will make some
        }
    }

    private bool MoveAll()
    {
        bool moved = false;
        try
        {
            while (_core.Store.CompactOnce(_core.Options.DeadShare, _core.Store.SegmentBytes, _stop.Token))
            {
                moved = true;
            }
        }
        catch (PoolFullException)
        {
            // no room for another container: the checkpoint gives back what the last ones were made of
        }

        return moved;
    }
}
