using BlockSnap.Catalogs;
using BlockSnap.Items;

namespace BlockSnap.Pools;

/// <summary>
/// The events of an open pool. An operation's events wait until a flush has made it durable, then go to whoever listens and into the list of the
/// last ones. A checkpoint writes that list into the catalog, each event as an item: so they need no file of their own, cannot be torn, and cost an
/// operation nothing. Thread-safe; its lock is taken last and held for no I/O.
/// </summary>
internal sealed class EventJournal(int keptMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<PoolEvent> _recent = new();
    private readonly List<PoolEvent> _pending = [];
    private readonly List<PoolEventReader> _readers = [];
    private long _last;

    // The numbers of the first and last event that the catalog has.
    private long _savedFrom = 1;
    private long _savedUpTo;
    private bool _closed;

    public IReadOnlyList<PoolEvent> Recent
    {
        get
        {
            lock (_lock)
            {
                return [.. _recent];
            }
        }
    }

    /// <summary>Events that the next checkpoint will put into the catalog, at most.</summary>
    public int UnsavedCount
    {
        get
        {
            lock (_lock)
            {
                return (int)Math.Min(_last - _savedUpTo, _recent.Count) + _pending.Count;
            }
        }
    }

    /// <summary>How many events wait to become durable. A flush that begins now makes them so.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Goes on from what the catalog holds. Called once, after replay.</summary>
    public void Restore(IEnumerable<PoolEvent> saved)
    {
        lock (_lock)
        {
            foreach (PoolEvent each in saved.OrderBy(each => each.Sequence))
            {
                _savedFrom = _recent.Count == 0 ? each.Sequence : _savedFrom;
                _recent.Enqueue(each);
                _last = each.Sequence;
            }

            _savedUpTo = _last;
            _savedFrom = _recent.Count == 0 ? _last + 1 : _savedFrom;
            Trim();
        }
    }

    /// <summary>Takes in the events of an operation that was appended. Gate held.</summary>
    public void Await(List<PoolEvent> events)
    {
        lock (_lock)
        {
            _pending.AddRange(events);
        }
    }

    /// <summary>Publishes the first events that wait: they are durable, or failed to become so.</summary>
    /// <param name="count">How many; <see cref="PendingCount"/> when the flush began.</param>
    /// <param name="end">When the flush ended.</param>
    /// <param name="failure">Why it failed, or null.</param>
    /// <returns>The events as they are published.</returns>
    public IReadOnlyList<PoolEvent> Settle(int count, DateTimeOffset end, Exception? failure)
    {
        lock (_lock)
        {
            int taken = Math.Min(count, _pending.Count); // another flush may have been quicker
            if (taken == 0)
            {
                return [];
            }

            PoolEvent[] settled = [.. _pending.Take(taken).Select(each => failure is null
                ? each with { End = end }
                : each with { End = end, Result = PoolEventResult.Failed, Detail = failure.Message })];
            _pending.RemoveRange(0, taken);
            return [.. settled.Select(Add)];
        }
    }

    /// <summary>Publishes an event that belongs to no operation.</summary>
    public PoolEvent Publish(PoolEvent each)
    {
        lock (_lock)
        {
            return Add(each);
        }
    }

    /// <summary>Makes a reader of the events to come, and first of some of the last ones.</summary>
    public PoolEventReader Subscribe(int capacity, int recent)
    {
        lock (_lock)
        {
            List<PoolEvent> first = [.. _recent.TakeLast(Math.Min(recent, capacity))];
            var reader = new PoolEventReader(capacity, first.Count == 0 ? _last : first[0].Sequence - 1, Leave);
            first.ForEach(reader.Write);
            if (_closed)
            {
                reader.Complete();
            }
            else
            {
                _readers.Add(reader);
            }

            return reader;
        }
    }

    /// <summary>Brings the catalog up to date. Gate held, by a checkpoint or a count of what one would write.</summary>
    public void Save(Catalog catalog)
    {
        lock (_lock)
        {
            long from = _recent.Count == 0 ? _last + 1 : _recent.Peek().Sequence;
            for (; _savedFrom < from && _savedFrom <= _savedUpTo; _savedFrom++)
            {
                catalog.Remove(ItemKind.Event, PoolEvent.IdOf(_savedFrom));
            }

            foreach (PoolEvent each in _recent.Where(each => each.Sequence > _savedUpTo))
            {
                catalog.Put(each);
            }

            _savedFrom = from;
            _savedUpTo = _last;
        }
    }

    /// <summary>The pool closes: nobody waits any longer.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _readers.ForEach(reader => reader.Complete());
            _readers.Clear();
        }
    }

    private PoolEvent Add(PoolEvent each)
    {
        PoolEvent numbered = each with { Sequence = ++_last };
        _recent.Enqueue(numbered);
        Trim();
        _readers.ForEach(reader => reader.Write(numbered));
        return numbered;
    }

    private void Trim()
    {
        while (_recent.Count > keptMax)
        {
            _recent.Dequeue();
        }
    }

    private void Leave(PoolEventReader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
        }
    }
}
