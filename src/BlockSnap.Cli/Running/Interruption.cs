using System.Runtime.InteropServices;

namespace BlockSnap.Cli;

/// <summary>
/// Turns the first Ctrl-C or termination signal into a cancellation, so that the pool is closed in order. One that comes a second later or
/// more ends the process at once: a pool survives that too.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Those who stop a whole group of processes, as timeout(1) does, send one signal twice.
    private static readonly TimeSpan s_oneRequest = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    // The timestamp of the first signal, 0 before it. Signals come on several threads.
    private long _first;

    public Interruption()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        long now = TimeProvider.System.GetTimestamp();
        long first = Interlocked.CompareExchange(ref _first, now, 0);
        context.Cancel = first == 0 || TimeProvider.System.GetElapsedTime(first, now) < s_oneRequest;
        _source.Cancel();
    }
}
