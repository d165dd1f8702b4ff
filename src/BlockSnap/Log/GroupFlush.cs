namespace BlockSnap.Log;

/// <summary>Asynchronous flushes: all that ask while one is on its way share the next. Thread-safe.</summary>
internal sealed class GroupFlush(LogWriter log, bool inline)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _next;
    private bool _running;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (inline || log.IsDurable)
        {
            cancellationToken.ThrowIfCancellationRequested();
            log.Flush();
            return ValueTask.CompletedTask;
        }

        Task round;
        lock (_lock)
        {
            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            round = _next.Task;
            if (!_running)
            {
                _running = true;
                ThreadPool.UnsafeQueueUserWorkItem(static flush => flush.Run(), this, preferLocal: false);
            }
        }

        // Cancelling stops the waiting, never the flush that others share.
        return new ValueTask(cancellationToken.CanBeCanceled ? round.WaitAsync(cancellationToken) : round);
    }

    private void Run()
    {
        while (true)
        {
            TaskCompletionSource round;
            lock (_lock)
            {
                if (_next is null)
                {
                    _running = false;
                    return;
                }

                round = _next;
                _next = null;
            }

            try
            {
                log.Flush();
                round.SetResult();
            }
            catch (Exception e)
            {
                round.SetException(e);
            }
        }
    }
}
