using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Pools;

/// <content>Dead space: how much of it is tolerated when, and the free files that are kept for busy times.</content>
internal sealed partial class Upkeep
{
    // More than that appended between two looks: the disks are busy, and compaction waits for a quieter time.
    private const long BusyBytes = 1 << 20;

    // So long the disks must have been quiet before free files kept for busy times are given back.
    private static readonly TimeSpan s_quietTime = TimeSpan.FromSeconds(5);

    // Of the live bytes, what may be dead when there is no space for anything else.
    private const double ScarceShare = 0.02;

    // Whether dead space has outgrown its bound for busy times.
    private volatile bool _outrun;

    // Under _lock: whether compaction found no space, whether it is due, what had been appended when it was looked at last; what had been when
    // free files were, and when the disks were busy at such a look.
    private bool _lacksSpace;
    private bool _compactionDue;
    private long _seenBytes;
    private long _seenAtLook;
    private long _busyAt;

    // Under _lock: what had been appended when giving back was looked at last; when nothing had been for a while, and since when.
    private long _seenAtGivingBack;
    private long _appendedAtLook = -1;
    private long _quietSince;

    // Under _lock: whether something was deleted, which a checkpoint has made durable, and what it left between living blocks was not given back yet.
    private bool _givesBack;

    // Under _lock: when the pool was opened, until what was left before was taken up.
    private long? _openedAt;

    // Whether the keeper looks again and again for a quiet time, in which it gives back what was overwritten or discarded.
    private volatile bool _awaitsQuiet;

    private double BusyShare => 2 * _core.Options.DeadShare;

    private long BusySlack => CheckpointBytes;

    private bool GivesBackAfterDeletes => _core.Options.HolePunching >= HolePunching.AfterDeletes;

    private bool GivesBackAlways => _core.Options.HolePunching == HolePunching.Always;

    // Overwritten and discarded blocks that no checkpoint knows of take a segment.
    private bool IsMuchDead => GivesBackAlways && _core.Store.BytesDiedSinceCheckpoint > _core.Store.SegmentBytes;

    // No write or deletion makes a checkpoint due, but a quiet time has come that can be used to give back what died. Asked once in each run.
    private bool IsSettlingDue => _awaitsQuiet && IsMuchDead && QuietTime() >= s_quietTime;

    // Free files that stay when nothing happens.
    private int SparesAtRest => GivesBackAfterDeletes ? 0 : SegmentFiles.SparesAtRest;

    private bool AwaitsRest => _openedAt is not null;

    private bool AwaitsSettling => _awaitsQuiet = _keeper is not null && IsMuchDead;

    // A pool may have been closed or killed before all that was dead was given back, and nobody may delete anything in it for long. How much lives in each file
    // tells, whatever it died of. Not at once: who opens a pool for a moment is not to work for those before.
    private void TakeUpWhatWasLeft()
    {
        if (_openedAt is { } opened && _core.Options.TimeProvider.GetElapsedTime(opened) >= s_quietTime)
        {
            _openedAt = null;
            _compactionDue = true;
            _givesBack = GivesBackAfterDeletes;
        }
    }

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

    // Gives the space of dead blocks back that compaction tolerates. Only in quiet times, and no longer than they last: nobody waits for it.
    private bool GiveBack()
    {
        if (!(_givesBack || GivesBackAlways) || _keeper is null || _compactionDue || !_core.Store.HasDeadToGiveBack)
        {
            return false;
        }

        if (IsBusy(ref _seenAtGivingBack))
        {
            return true;
        }

        long begun = _core.Store.Log.AppendedBytes;
        try
        {
            _givesBack = !_core.Store.TryGiveBackDead(() => IsQuietSince(begun));
            return _givesBack;
        }
        catch (Exception e) when (Shortage.Is(e))
        {
            return false; // no descriptor: after the next checkpoint
        }
    }

    private bool IsQuietSince(long appended) =>
        !_stop.IsCancellationRequested && !_releaseWanted && _waiting == 0 && !IsDrainDue && !IsCheckpointDue && _core.Store.Log.AppendedBytes - appended <= BusyBytes;

    // Keeps the free files of busy times until the disks have been quiet for a while, and some until nothing at all has happened for as long. False when none are
    // left to give back.
    private bool HoldSpares()
    {
        if (_core.Store.Files.Spares <= SparesAtRest || _keeper is null)
        {
            return false;
        }

        TimeProvider time = _core.Options.TimeProvider;
        if (IsBusy(ref _seenAtLook))
        {
            _busyAt = time.GetTimestamp();
        }

        if (QuietTime() >= s_quietTime)
        {
            _core.Store.Trim(SparesAtRest);
        }
        else if (time.GetElapsedTime(_busyAt) >= s_quietTime)
        {
            _core.Store.Trim(SegmentFiles.SparesAtRest);
        }

        return _core.Store.Files.Spares > SparesAtRest;
    }

    // How long nothing was appended, as far as this was asked meanwhile.
    private TimeSpan QuietTime()
    {
        TimeProvider time = _core.Options.TimeProvider;
        long appended = _core.Store.Log.AppendedBytes;
        if (appended != _appendedAtLook)
        {
            _appendedAtLook = appended;
            _quietSince = time.GetTimestamp();
        }

        return time.GetElapsedTime(_quietSince);
    }

    private bool IsBusy(ref long seenBytes)
    {
        long appended = _core.Store.Log.AppendedBytes;
        bool busy = appended - seenBytes > BusyBytes;
        seenBytes = appended;
        return busy;
    }
}
