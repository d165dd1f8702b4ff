using BlockSnap.Pools;

namespace BlockSnap;

/// <summary>What ended in a pool: the last events, and those to come. Thread-safe.</summary>
public sealed class PoolEvents
{
    private readonly EventJournal _journal;

    internal PoolEvents(EventJournal journal) => _journal = journal;

    /// <summary>
    /// The last events, oldest first, those of earlier openings too: as many as the pool keeps (an option, 256 unless said). They are written
    /// with checkpoints, the one at closing too; a crash loses those since, and a pool in which nothing was changed is left as it is.
    /// </summary>
    public IReadOnlyList<PoolEvent> Recent => _journal.Recent;

    /// <summary>Listens to events from now on.</summary>
    /// <param name="capacity">Events that may wait to be read, at least 1; beyond that the oldest are dropped.</param>
    /// <param name="recent">So many of the last ones are given first.</param>
    public PoolEventReader Subscribe(int capacity = 1024, int recent = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(recent);
        return _journal.Subscribe(capacity, recent);
    }
}
