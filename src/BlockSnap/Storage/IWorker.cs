namespace BlockSnap.Storage;

/// <summary>One kind of work, done some time after it was signalled. Disposing waits for the work under way and ends it. Thread-safe.</summary>
internal interface IWorker : IDisposable
{
    /// <summary>Wants the work done; signals before it begins are one.</summary>
    void Signal();
}
