namespace BlockSnap.Primitives;

/// <summary>
/// The lock over a pool's memory. It is held for single steps without I/O, and re-entrant. The framework's lock is not fair: a thread that
/// takes it again at once, as one that writes in a loop does, can keep others out for a tenth of a second each time. So whoever changes or
/// flushes the pool has right of way over reads and writes of blocks, which come in crowds.
/// </summary>
internal sealed class Gate
{
    private const int SpinIterations = 8;

    // Some twenty microseconds in all. With one processor it is no use to spin: whoever holds the lock does not run meanwhile.
    private static readonly int s_spinTries = Environment.ProcessorCount > 1 ? 64 : 0;

    private readonly Lock _lock = new();

    // Held by the thread with right of way that is next, until it has the lock. Threads without right of way wait here for that.
    private readonly Lock _next = new();
    private int _waiting;

    /// <summary>Whether someone with right of way waits; a hint.</summary>
    public bool IsAwaited => Volatile.Read(ref _waiting) != 0;

    /// <summary>Whether the calling thread holds it.</summary>
    public bool IsHeld => _lock.IsHeldByCurrentThread;

    /// <summary>Enters with right of way: for everything that is not a read or a write of blocks.</summary>
    public Hold Enter()
    {
        if (_lock.IsHeldByCurrentThread)
        {
            return EnterSoon(); // at once
        }

        Interlocked.Increment(ref _waiting);
        try
        {
            lock (_next)
            {
                return EnterSoon();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Enters after those who have right of way: for reads and writes of blocks.</summary>
    public Hold EnterAfterOthers()
    {
        if (IsAwaited && !_lock.IsHeldByCurrentThread)
        {
            LetOthers();
        }

        return EnterSoon();
    }

    // Returns when those with right of way have the gate.
    private void LetOthers()
    {
        for (int tries = 0; tries < s_spinTries; tries++)
        {
            Thread.SpinWait(SpinIterations);
            if (!IsAwaited)
            {
                return;
            }
        }

        lock (_next)
        {
            // now the last of them has it
        }
    }

    // Whoever has the lock gives it back within microseconds. To sleep meanwhile would delay both threads: this one until it is awake again,
    // the other one until it gets back the processor that this one was woken on.
    private Hold EnterSoon()
    {
        for (int tries = 0; tries < s_spinTries; tries++)
        {
            if (_lock.TryEnter())
            {
                return new Hold(_lock);
            }

            Thread.SpinWait(SpinIterations);
        }

        _lock.Enter();
        return new Hold(_lock);
    }

    /// <summary>One entry of the calling thread, given back when it is disposed.</summary>
    public readonly ref struct Hold(Lock held) : IDisposable
    {
        public void Dispose() => held.Exit();
    }
}
