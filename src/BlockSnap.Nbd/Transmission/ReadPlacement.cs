namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Decides whether small reads are answered in the receiving thread. They are while the data come from memory: handing a read of a
/// microsecond to another thread costs more than the read. When several in a row had to wait for the device (one alone may have lost its
/// core), those that follow are handed out, so that they wait side by side; after a while it is tried again. Of one thread.
/// </summary>
internal sealed class ReadPlacement(TimeProvider time)
{
    /// <summary>A read from memory takes 1 to 5 us, one from a fast device 60 us or more.</summary>
    private static readonly TimeSpan s_slow = TimeSpan.FromMicroseconds(25);

    private const int SlowReadsInRow = 3;
    private const int HandedOutReads = 64;

    private readonly long _slowTicks = (long)(s_slow.TotalSeconds * time.TimestampFrequency);
    private int _slowInRow;
    private int _left;

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

    /// <summary>Tells how long a read in the receiving thread took.</summary>
    public void Observe(long startTimestamp)
    {
        _slowInRow = time.GetTimestamp() - startTimestamp > _slowTicks ? _slowInRow + 1 : 0;
        if (_slowInRow == SlowReadsInRow)
        {
            _slowInRow = 0;
            _left = HandedOutReads;
        }
    }

    public long Start() => time.GetTimestamp();
}
