namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Decides whether small reads are answered in the receiving thread. They are as long as the data come from memory: handing a read of
/// a microsecond to another thread costs more than the read. When several in a row had to wait for the device, the next ones are handed
/// out, so that they wait side by side; after those it is tried again. (A single slow one proves nothing: its thread may have lost the
/// processor.) For one thread.
/// </summary>
internal sealed class ReadPlacement(TimeProvider time)
{
    private const int SlowReadsInRow = 3;
    private const int HandedOutReads = 64;

    // A read from memory takes 1 to 5 us, one from a fast device 60 us or more.
    private static readonly TimeSpan s_slow = TimeSpan.FromMicroseconds(25);

    private readonly long _slowTicks = (long)(s_slow.TotalSeconds * time.TimestampFrequency);
    private int _slowInRow;

    // How many of the next reads are still to be handed out.
    private int _left;

    /// <summary>When a read begins, for <see cref="Observe"/>.</summary>
    public long Start() => time.GetTimestamp();

    /// <summary>Whether the next small read should go to another thread.</summary>
    public bool TakeHandedOut()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>Takes note of a read in the receiving thread that has just ended.</summary>
    /// <param name="start">When it began.</param>
    public void Observe(long start)
    {
        _slowInRow = time.GetTimestamp() - start > _slowTicks ? _slowInRow + 1 : 0;
        if (_slowInRow == SlowReadsInRow)
        {
            _slowInRow = 0;
            _left = HandedOutReads;
        }
    }
}
