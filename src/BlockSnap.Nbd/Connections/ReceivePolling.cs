using System.Net.Sockets;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// Polls for a client's next request for a moment before the connection's thread sleeps. Sleeping and being woken takes several times
/// as long as answering a short request, and the client pays as well, because it has to wake the thread. QEMU's event loop polls too.
/// Only connections whose last request came soon enough do it, at most one thread for every two processors at a time, and a thread that
/// polls yields to others that want its processor. A server has one of these; thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="timeMax">How long a thread polls at most; zero for never.</param>
internal sealed class ReceivePolling(TimeProvider time, TimeSpan timeMax)
{
    private readonly long _ticksMax = (long)(timeMax.TotalSeconds * time.TimestampFrequency);

    // How many more threads may begin to poll.
    private int _turns = timeMax > TimeSpan.Zero ? Environment.ProcessorCount / 2 : 0;

    /// <summary>The time at which a wait begins.</summary>
    public long Start() => time.GetTimestamp();

    /// <summary>Whether a wait was so short that polling would have seen its end.</summary>
    public bool WasShort(long start) => time.GetTimestamp() - start <= _ticksMax;

    /// <summary>Polls until bytes have come.</summary>
    /// <param name="start">When the wait began.</param>
    /// <returns>False when nothing came in time, or enough threads poll already.</returns>
    public bool TryAwait(Socket socket, long start)
    {
        if (Interlocked.Decrement(ref _turns) < 0)
        {
            Interlocked.Increment(ref _turns);
            return false;
        }

        try
        {
            do
            {
                if (socket.Available > 0)
                {
                    return true;
                }

                Thread.Yield();
            }
            while (WasShort(start));
            return false;
        }
        finally
        {
            Interlocked.Increment(ref _turns);
        }
    }
}
