namespace BlockSnap.Primitives;

/// <summary>
/// The lock over a pool's memory. It is held for single steps without I/O, and re-entrant. The framework's lock is not fair: a thread that
/// takes it again at once, as one that writes in a loop does, can keep others out for a tenth of a second each time. So whoever changes or
/// flushes the pool has right of way over reads and writes of blocks, which come in crowds.
/// </summary>
internal sealed class Gate
{
    private readonly Lock _lock = new();

    // Held by the one that is next, until it has the lock; those without right of way wait here while someone is.
    private readonly Lock _next = new();
    private int _waiting;

    /// <summary>Whether someone with right of way waits; a hint.</summary>
    public bool IsAwaited => Volatile.Read(ref _waiting) != 0;

    /// <summary>Whether the calling thread holds it.</summary>
    public bool IsHeld => _lock.IsHeldByCurrentThread;

    /// <summary>Enters with right of way: for everything that is not a read or a write of blocks.</summary>
    public Lock.Scope Enter()
    {
        if (_lock.IsHeldByCurrentThread)
        {
            return _lock.EnterScope();
        }

        Interlocked.Increment(ref _waiting);
        try
        {
            lock (_next)
            {
                return _lock.EnterScope();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Enters after those who have right of way: for reads and writes of blocks.</summary>
    public Lock.Scope EnterAfterOthers()
    {
        if (IsAwaited && !_lock.IsHeldByCurrentThread)
        {
            lock (_next)
            {
                // someone had right of way; now it has the gate
            }
        }

        return _lock.EnterScope();
    }
}
