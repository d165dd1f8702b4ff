namespace BlockSnap.Storage;

/// <summary>A thread that does one kind of work whenever it is signalled. A failure ends it and is told once.</summary>
internal sealed class BackgroundWorker : IDisposable
{
    private readonly AutoResetEvent _signal = new(false);
    private readonly Thread _thread;
    private readonly Action _work;
    private readonly Action<Exception> _failed;
    private volatile bool _stopping;

    public BackgroundWorker(string name, Action work, Action<Exception> failed)
    {
        _work = work;
        _failed = failed;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Signal() => _signal.Set();

    /// <summary>Waits for the work under way and ends the thread.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _signal.Set();
        _thread.Join();
        _signal.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _signal.WaitOne();
            if (_stopping)
            {
                return;
            }

            try
            {
                _work();
            }
            catch (Exception e)
            {
                _failed(e);
                return;
            }
        }
    }
}
