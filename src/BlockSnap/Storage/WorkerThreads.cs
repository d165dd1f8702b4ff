namespace BlockSnap.Storage;

/// <summary>A thread for each kind of work.</summary>
internal sealed class WorkerThreads : IWorkQueue
{
    public IWorker Start(string name, Func<bool> work, Action<Exception> failed) => new BackgroundWorker(name, work, failed);
}
