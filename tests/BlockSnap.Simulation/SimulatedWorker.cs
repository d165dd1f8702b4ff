using BlockSnap.Storage;

namespace BlockSnap.Simulation;

/// <summary>Background work that is done when the simulation says so, on its thread.</summary>
internal sealed class SimulatedWorker(string name, Func<bool> work, Action<Exception> failed) : IWorker
{
    private bool _isSignalled;
    private bool _isRunning;
    private bool _hasEnded;

    public string Name => name;

    public bool IsReady => _isSignalled && !_isRunning && !_hasEnded;

    public void Signal() => _isSignalled = true;

    /// <summary>Does what was signalled.</summary>
    public void Run()
    {
        _isSignalled = false;
        _isRunning = true;
        try
        {
            _isSignalled = work();
        }
        catch (Exception e)
        {
            _hasEnded = true;
            failed(e);
        }
        finally
        {
            _isRunning = false;
        }
    }

    public void Dispose() => _hasEnded = true;
}
