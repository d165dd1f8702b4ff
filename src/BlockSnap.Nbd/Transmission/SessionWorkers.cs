namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// The threads of one connection for what the receiving thread must not wait for: flushes, cold and long reads, walks over the map.
/// They are started when first needed, at most <see cref="ThreadsMax"/>, and end with the connection. Since each connection has its own,
/// no client can block those of another.
/// </summary>
/// <param name="execute">Executes a request.</param>
/// <param name="openReplies">Makes the buffer for a thread's replies.</param>
/// <param name="fail">Told when a thread cannot go on.</param>
/// <param name="start">Starts a thread; throws <see cref="OutOfMemoryException"/> where the system has none left.</param>
internal sealed class SessionWorkers(
    Action<WorkItem, ReplyBuffer> execute,
    Func<ReplyBuffer> openReplies,
    Action<Exception> fail,
    Action<Thread> start) : IDisposable
{
    private const int ThreadsMax = 4;
    private const int QueuedMax = 16;
    private const int StackBytes = 256 << 10;

    // All fields are guarded by _queue; only IsIdle reads _busy without it.
    private readonly Queue<WorkItem> _queue = new(QueuedMax);
    private readonly List<Thread> _threads = new(ThreadsMax);
    private int _idle;
    private int _busy;
    private bool _ended;

    /// <summary>Whether nothing is queued or running; a hint.</summary>
    public bool IsIdle => Volatile.Read(ref _busy) == 0;

    /// <summary>Hands a request over.</summary>
    /// <returns>
    /// False when the queue is full or there is no thread: then the caller has to execute it, which holds back a client that sends too much.
    /// </returns>
    public bool TryPost(in WorkItem item)
    {
        lock (_queue)
        {
            if (_idle <= _queue.Count && _threads.Count < ThreadsMax)
            {
                AddThread();
            }

            if (_threads.Count == 0 || _queue.Count >= QueuedMax)
            {
                return false;
            }

            _queue.Enqueue(item);
            _busy++;
            Monitor.Pulse(_queue);
        }

        return true;
    }

    /// <summary>Waits until everything that was handed over is answered, and ends the threads.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _ended = true;
            Monitor.PulseAll(_queue);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    // Where the system has no thread left, the running ones have to suffice.
    private void AddThread()
    {
        var thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "BlockSnap NBD worker" };
        try
        {
            start(thread);
        }
        catch (OutOfMemoryException)
        {
            return;
        }

        _threads.Add(thread);
    }

    private void Run()
    {
        using ReplyBuffer replies = openReplies();
        while (TryTake(out WorkItem item))
        {
            try
            {
                Execute(item, replies);
                replies.Send();
            }
            catch (Exception e)
            {
                fail(e);
            }
        }
    }

    // Not busy any more before the reply is sent: a request that the client sends upon that reply must not find this one at work.
    private void Execute(in WorkItem item, ReplyBuffer replies)
    {
        try
        {
            execute(item, replies);
        }
        finally
        {
            lock (_queue)
            {
                _busy--;
            }
        }
    }

    private bool TryTake(out WorkItem item)
    {
        lock (_queue)
        {
            while (!_queue.TryDequeue(out item))
            {
                if (_ended)
                {
                    return false;
                }

                _idle++;
                Monitor.Wait(_queue);
                _idle--;
            }

            return true;
        }
    }
}
