using System.Net.Sockets;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// Looks for a client's next request for a moment before its thread sleeps: to sleep and be woken takes several times as long as to
/// answer a short request, for the client that has to wake the thread too. QEMU's event loop does the same. It is done only by
/// connections whose last request came soon enough, by one thread for each two processors, and other threads that want the processor
/// get it. One for a server; thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="timeMax">How long one look lasts; none when zero.</param>
internal sealed class ReceivePolling(TimeProvider time, TimeSpan timeMax)
{
    private readonly long _ticksMax = (long)(timeMax.TotalSeconds * time.TimestampFrequency);

    // Threads that may begin to look.
    private int _turns = timeMax > TimeSpan.Zero ? Environment.ProcessorCount / 2 : 0;

    /// <summary>The time at which a wait begins.</summary>
    public long Start() => time.GetTimestamp();

    /// <summary>Whether a wait was so short that looking would have seen its end.</summary>
    public bool WasShort(long start) => time.GetTimestamp() - start <= _ticksMax;

    /// <summary>Looks until something came.</summary>
    /// <param name="start">When the wait began.</param>
    /// <returns>False when nothing came in time, or too many threads look already.</returns>
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
