namespace BlockSnap.Devices;

/// <summary>Ownership of a <see cref="MemoryDevice"/>; a second Dispose does not take it from the next owner. Thread-safe.</summary>
internal sealed class MemoryOwnership(Action release) : IDisposable
{
    private Action? _release = release;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
