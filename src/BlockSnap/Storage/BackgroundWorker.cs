namespace BlockSnap.Storage;

/// <summary>
/// A thread that does one kind of work whenever it is signalled, and does it again soon while the work asks for that. A failure ends it and is
/// told once.
/// </summary>
internal sealed class BackgroundWorker : IWorker
{
    private const int AgainMilliseconds = 50;

    private readonly AutoResetEvent _signal = new(false);
    private readonly Thread _thread;
    private readonly Func<bool> _work;
    private readonly Action<Exception> _failed;
    private volatile bool _stopping;

    // Whether the work has not begun since the last signal: another signal would say nothing new.
    private volatile bool _signalled;

    public BackgroundWorker(string name, Func<bool> work, Action<Exception> failed)
    {
        _work = work;
        _failed = failed;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Signal()
    {
        if (!_signalled)
        {
            _signalled = true;
            _signal.Set();
        }
    }

    /// <summary>
    /// Waits for the work under way and ends the thread. The event is left to its finalizer: whoever signals at the same time must not
    /// fail, least of all another worker, whose failure would stop the pool.
    /// </summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _signal.Set();
        _thread.Join();
    }

    private void Run()
    {
        bool again = false;
        while (true)
        {
            _signal.WaitOne(again ? AgainMilliseconds : Timeout.Infinite);
            _signalled = false;
            if (_stopping)
            {
                return;
            }

            try
            {
                again = _work();
            }
            catch (Exception e)
            {
                _failed(e);
                return;
            }
        }
    }
}
