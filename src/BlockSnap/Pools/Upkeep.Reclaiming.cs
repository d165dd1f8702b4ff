using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Pools;

/// <content>Dead space: when how much of it is tolerated, and the free files that are kept for busy times.</content>
internal sealed partial class Upkeep
{
    // When more than this is appended between two looks, the disks are busy, and compaction waits for a quieter time.
    private const long BusyBytes = 1 << 20;

    // How long the disks must have been quiet before space is given back.
    private static readonly TimeSpan s_quietTime = TimeSpan.FromSeconds(5);

    // The same for free files that came of overwriting. A guest writes back what it has changed every 5 to 35 seconds, and then needs them again.
    private static readonly TimeSpan s_timeBetweenBursts = TimeSpan.FromMinutes(1);

    // The share of the live bytes that may be dead when there is no space for anything else.
    private const double ScarceShare = 0.02;

    // Whether dead space has outgrown its bound for busy times.
    private volatile bool _outrun;

    // Under _lock: whether compaction found no space, and whether it is due.
    private bool _lacksSpace;
    private bool _compactionDue;

    // Under _lock: the bytes that had been appended when each was last told whether the disks are busy.
    private long _seenByCompaction;
    private long _seenBySpares;
    private long _seenByGivingBack;

    // Under _lock: when the disks were last found busy while free files were kept.
    private long _busyAt;

    // Under _lock: whether something was deleted since free files were given back. Whoever deletes wants the space.
    private bool _isSpaceWanted;

    // Under _lock: the bytes that had been appended when QuietTime was asked last, and since when they are as many.
    private long _appendedAtLook = -1;
    private long _quietSince;

    // Under _lock: whether a durable deletion left dead blocks between living ones whose space was not given back yet.
    private bool _givesBack;

    // Under _lock: when the pool was opened; null once what an earlier opening left has been taken up.
    private long? _openedAt;

    // Whether the keeper looks again and again for a quiet time, to give back then what was overwritten or discarded.
    private volatile bool _awaitsQuiet;

    private double BusyShare => 2 * _core.Options.DeadShare;

    private long BusySlack => CheckpointBytes;

    private bool GivesBackAfterDeletes => _core.Options.HolePunching >= HolePunching.AfterDeletes;

    private bool GivesBackAlways => _core.Options.HolePunching == HolePunching.Always;

    // Blocks overwritten and discarded since the last checkpoint take more than a segment.
    private bool IsMuchDead => GivesBackAlways && _core.Store.BytesDiedSinceCheckpoint > _core.Store.SegmentBytes;

    // A quiet time has come, which can be used to give back what died: for that a checkpoint is made. Asked once in each run.
    private bool IsSettlingDue => _awaitsQuiet && IsMuchDead && QuietTime() >= s_quietTime;

    // Free files that stay when nothing happens.
    private int SparesAtRest => GivesBackAfterDeletes ? 0 : SegmentFiles.SparesAtRest;

    private bool AwaitsRest => _openedAt is not null;

    private bool AwaitsSettling => _awaitsQuiet = _keeper is not null && IsMuchDead;

    // A pool may have been closed or killed before all that was dead was given back, and it may be long until the next deletion. How much is alive in
    // each file tells what is left, whatever the rest died of. Not at once: whoever opens a pool for a moment need not do earlier openings' work.
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
    // were made of, and it goes on. While somebody waits for space, hardly any dead bytes are tolerated.
    private void Reclaim(bool isAwaited = false)
    {
        try
        {
            ReleaseAll(_stop.Token);
            do
            {
                _lacksSpace = false;
                bool moved = false;
                while (Move(isAwaited))
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

    private bool Move(bool isAwaited)
    {
        bool scarce = isAwaited || _core.Store.Files.IsReserveShort;
        bool busy = _keeper is not null && IsBusy(ref _seenByCompaction) && !scarce;
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

    // Gives back the space of dead blocks that compaction tolerates. Only while the disks are quiet: nobody waits for it. True when some is left.
    private bool GiveBack()
    {
        if (!(_givesBack || GivesBackAlways) || _keeper is null || _compactionDue || !_core.Store.HasDeadToGiveBack)
        {
            return false;
        }

        if (IsBusy(ref _seenByGivingBack))
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
            return false; // no descriptor: it is tried again after the next checkpoint
        }
    }

    private bool IsQuietSince(long appended)
    {
        bool isElseDue = _releaseWanted || _waiting > 0 || IsDrainDue || IsCheckpointDue;
        return !_stop.IsCancellationRequested && !isElseDue && _core.Store.Log.AppendedBytes - appended <= BusyBytes;
    }

    // Keeps the free files of busy times until the disks have been quiet for a while, and some of them until nothing at all has happened for as long.
    // True when some are left to give back.
    private bool HoldSpares()
    {
        if (_keeper is null)
        {
            return false;
        }

        TimeProvider time = _core.Options.TimeProvider;
        if (IsBusy(ref _seenBySpares))
        {
            _busyAt = time.GetTimestamp();
        }

        TimeSpan kept = _isSpaceWanted ? s_quietTime : s_timeBetweenBursts;
        if (QuietTime() >= kept)
        {
            _core.Store.Trim(SparesAtRest);
        }
        else if (time.GetElapsedTime(_busyAt) >= kept)
        {
            _core.Store.Trim(SegmentFiles.SparesAtRest);
        }

        bool isSomeLeft = _core.Store.Files.Spares > SparesAtRest;
        _isSpaceWanted &= isSomeLeft || _compactionDue;
        return isSomeLeft;
    }

    // How long nothing has been appended, as seen by the calls of this method.
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
