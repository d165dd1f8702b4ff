using BlockSnap.Pools;

namespace BlockSnap;

/// <summary>What ended in a pool: the last events, and those to come. Thread-safe.</summary>
public sealed class PoolEvents
{
    private readonly EventJournal _journal;

    internal PoolEvents(EventJournal journal) => _journal = journal;

    /// <summary>
    /// The last events, oldest first, those of earlier openings too: as many as <see cref="DiskPoolOptions.EventsKept"/> says. Checkpoints write
    /// them, also the one at closing; a crash loses those since the last one, and closing a pool in which nothing was changed writes none.
    /// </summary>
    public IReadOnlyList<PoolEvent> Recent => _journal.Recent;

    /// <summary>Listens to events from now on.</summary>
    /// <param name="capacity">Events that may wait to be read, at least 1; beyond that the oldest are dropped.</param>
    /// <param name="recent">How many of the last events come first; no more than <paramref name="capacity"/> do. Default none.</param>
    public PoolEventReader Subscribe(int capacity = 1024, int recent = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(recent);
        return _journal.Subscribe(capacity, recent);
    }
}
