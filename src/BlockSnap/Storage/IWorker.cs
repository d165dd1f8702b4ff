namespace BlockSnap.Storage;

/// <summary>One kind of work, done some time after it was signalled. Disposing waits for the work under way and ends it. Thread-safe.</summary>
internal interface IWorker : IDisposable
{
    /// <summary>Asks for the work to be done. Several signals before it begins are one.</summary>
    void Signal();
}
