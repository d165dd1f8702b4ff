using System.Runtime.InteropServices;

namespace BlockSnap.Cli;

/// <summary>
/// Turns the first Ctrl-C or termination signal into a cancellation, so that the pool is closed in order. A later one ends the process at
/// once: a pool survives that too. What comes so soon that nobody can have sent it for impatience belongs to the first.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Those who stop a whole group of processes send a signal twice, as timeout(1) does, or two of them, as service managers do.
    private static readonly TimeSpan s_oneRequest = TimeSpan.FromSeconds(1);

    // Nobody presses Ctrl-C twice as fast. Of two that timeout(1) sends the second is seen up to 20 ms late when the cores are busy.
    private static readonly TimeSpan s_oneKeyPress = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _time;
    private readonly PosixSignalRegistration[] _registrations;

    // The timestamp of the first signal, 0 before it. Signals come on several threads.
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

    /// <summary>Takes a signal, and decides whether the process lives on.</summary>
    internal void OnSignal(PosixSignalContext context)
    {
        long now = _time.GetTimestamp();
        long first = Interlocked.CompareExchange(ref _first, now, 0);
        TimeSpan same = context.Signal == PosixSignal.SIGINT ? s_oneKeyPress : s_oneRequest;
        context.Cancel = first == 0 || _time.GetElapsedTime(first, now) < same;
        _source.Cancel();
    }
}
