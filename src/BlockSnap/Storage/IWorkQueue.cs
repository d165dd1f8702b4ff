namespace BlockSnap.Storage;

/// <summary>Where a pool's background work runs: on threads of its own, or wherever and whenever a simulation has it.</summary>
internal interface IWorkQueue
{
    /// <summary>Makes a worker.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="work">What it does each time, one at a time; returns whether it should be done again soon, without a signal.</param>
    /// <param name="failed">Told once when the work failed, which ends the worker.</param>
    IWorker Start(string name, Func<bool> work, Action<Exception> failed);
}
