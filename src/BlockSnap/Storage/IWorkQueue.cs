namespace BlockSnap.Storage;

/// <summary>Where a pool's background work runs: on threads of its own, or wherever and whenever a simulation has it.</summary>
internal interface IWorkQueue
{
    /// <summary>Makes a worker.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="work">What it does each time, never twice at once; returns whether to do it again soon, without a signal.</param>
    /// <param name="failed">Called once when the work failed, which ends the worker.</param>
    IWorker Start(string name, Func<bool> work, Action<Exception> failed);
}
