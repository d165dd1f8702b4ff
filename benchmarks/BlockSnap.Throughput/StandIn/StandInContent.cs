namespace BlockSnap.Throughput.StandIn;

/// <summary>
/// Which pages of a file are data, and which block of data each is: one byte a page. All handles of a file share it. As thread-safe as a
/// device file.
/// </summary>
internal sealed class StandInContent
{
    private readonly Lock _lock = new();
    private byte[] _numbers = [];

    /// <summary>Its memory in bytes.</summary>
    public long HeldBytes => Volatile.Read(ref _numbers).Length;

    /// <summary>The number of the data block that stands for a page, or 0.</summary>
    public byte this[long page]
    {
        get
        {
            byte[] numbers = Volatile.Read(ref _numbers);
            return page < numbers.Length ? numbers[page] : (byte)0;
        }
    }

    public void Set(long page, byte number)
    {
        lock (_lock)
        {
            if (page >= _numbers.Length)
            {
                if (number == 0)
                {
                    return;
                }

                byte[] grown = new byte[Math.Max(page + 1, 2 * _numbers.Length)];
                _numbers.CopyTo(grown, 0);
                Volatile.Write(ref _numbers, grown);
            }

            _numbers[page] = number;
        }
    }

    /// <summary>Forgets every page from that one on.</summary>
    public void Cut(long page)
    {
        lock (_lock)
        {
            if (page < _numbers.Length)
            {
                _numbers.AsSpan((int)page).Clear();
            }
        }
    }
}
