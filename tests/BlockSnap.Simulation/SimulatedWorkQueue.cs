using BlockSnap.Storage;

namespace BlockSnap.Simulation;

/// <summary>The background work of one life of a pool, which waits until the simulation does it.</summary>
internal sealed class SimulatedWorkQueue : IWorkQueue
{
    private readonly List<SimulatedWorker> _workers = [];

    public IWorker Start(string name, Func<bool> work, Action<Exception> failed)
    {
        var worker = new SimulatedWorker(name, work, failed);
        _workers.Add(worker);
        return worker;
    }

    /// <summary>One of the workers that were signalled, or null.</summary>
    public SimulatedWorker? Pick(int index)
    {
        SimulatedWorker[] ready = [.. _workers.Where(worker => worker.IsReady)];
        return ready.Length == 0 ? null : ready[index % ready.Length];
    }
}
