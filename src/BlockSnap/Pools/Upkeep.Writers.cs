using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Pools;

/// <content>The share of the work that writers do themselves: when they run too far ahead, and when there is no space for what they write.</content>
internal sealed partial class Upkeep
{
    // With more reference changes than this waiting, writers apply them.
    private const long QueueMax = 1 << 22;

    // While compaction does not keep up, the writers do a step of it each time so many bytes were appended.
    private const long BytesPerStep = 8 << 20;

    private readonly Lock _catchUp = new();
    private long _steppedAt;

    // The bytes that had been appended when space was last looked for: while they are as many, another look finds no more.
    private long _futileAt = -1;

    /// <summary>Whether a writer of so many bytes more would have to do a share of the work itself.</summary>
    public bool WouldWait(long bytes) =>
        _outrun
        || _core.IsCacheFull
        || _core.Store.Ledger.Queue.Length > QueueMax
        || LogBytes + bytes > Overdue * CheckpointBytes
        || _core.Store.Log.PendingBytes + bytes > _core.Options.WriteBufferBytes;

    private bool IsCheckpointOverdue => LogBytes > Overdue * CheckpointBytes || _core.IsCacheFull;

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
        else if (!_awaitsQuiet && IsMuchDead)
        {
            _awaitsQuiet = true;
            _keeper.Signal();
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

    // Something found no space: all that is dead is given back before it is refused. Not from within other work of the pool, which holds
    // the locks for that, and not again before something has happened.
    private bool TryMakeSpace()
    {
        if (HeldLocks != PoolLocks.None || _core.Store.Log.AppendedBytes == Volatile.Read(ref _futileAt))
        {
            return false;
        }

        using (EnterAtOnce())
        {
            if (TryWriteOut() && TryReleaseAll(_stop.Token) && TryCheckpoint())
            {
                Reclaim(isAwaited: true);
            }

            Volatile.Write(ref _futileAt, _core.Store.Log.AppendedBytes);
            using (_core.Gate.Enter())
            {
                _core.Store.Files.IsAllGivenBack = true;
            }

            return true;
        }
    }
}
