using System.Runtime.InteropServices;

namespace BlockSnap.Cli;

/// <summary>
/// Turns the first Ctrl-C or termination signal into a cancellation, so that the pool is closed in order. A later one ends the process at
/// once, which a pool survives too. A signal that comes very soon after the first is taken for a part of the same request.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // One request to stop may be two signals: timeout(1) sends the same one to the process and to its group, service managers send two
    // kinds.
    private static readonly TimeSpan s_oneRequest = TimeSpan.FromSeconds(1);

    // For Ctrl-C, which a user may well press again in impatience. We assume that nobody does within this time; it leaves room for
    // timeout(1) sending SIGINT, whose second signal was seen up to 20 ms late when the cores were busy.
    private static readonly TimeSpan s_oneKeyPress = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _time;
    private readonly PosixSignalRegistration[] _registrations;

    // The timestamp of the first signal; 0 while there was none. Signals are handled on several threads.
    private long _first;

    public Interruption(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
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

    /// <summary>Handles a signal, and decides whether the process goes on.</summary>
    internal void OnSignal(PosixSignalContext context)
    {
        long now = _time.GetTimestamp();
        long first = Interlocked.CompareExchange(ref _first, now, 0);
        TimeSpan same = context.Signal == PosixSignal.SIGINT ? s_oneKeyPress : s_oneRequest;
        context.Cancel = first == 0 || _time.GetElapsedTime(first, now) < same;
        _source.Cancel();
    }
}
