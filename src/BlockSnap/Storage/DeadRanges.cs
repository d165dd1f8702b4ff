namespace BlockSnap.Storage;

/// <summary>Joins ranges that come in the order of their offsets, and keeps the whole pages of each. For one thread.</summary>
/// <param name="ranges">Takes the joined ranges.</param>
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

    /// <summary>Ends the present range; to be called after the last one.</summary>
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
