namespace BlockSnap.Storage;

/// <summary>Joins ranges that come in the order of their offsets, and keeps of each the whole pages in it. For one thread.</summary>
/// <param name="ranges">Takes what is found.</param>
/// <param name="pageBytes">Bytes of a page.</param>
internal struct DeadRanges(List<(long Offset, int Bytes)> ranges, int pageBytes)
{
    private long _from;
    private long _to;

    public void Add(long offset, int bytes)
    {
        if (offset != _to)
        {
            End();
            _from = offset;
        }

        _to = offset + bytes;
    }

    /// <summary>Ends the range at hand.</summary>
    public void End()
    {
        long from = (_from + pageBytes - 1) / pageBytes * pageBytes;
        long to = _to / pageBytes * pageBytes;
        if (from < to)
        {
            ranges.Add((from, (int)(to - from)));
        }

        _from = _to;
    }
}
