namespace BlockSnap.Checks;

/// <summary>Damage that is being looked into: what it is, and the ranges of disks and snapshots found to have it so far. For one thread.</summary>
internal sealed class DamageFinding(string code, string message, string file)
{
    private readonly List<DamagedRange> _ranges = [];

    // Where the last range of each state is in the list; the next block may lengthen it.
    private readonly Dictionary<object, int> _last = [];

    public bool HasRanges => _ranges.Count > 0;

    /// <summary>Adds a range of a state (a chain or snapshot); those of one state come in order.</summary>
    public void Add(object state, DamagedRange range)
    {
        if (_last.TryGetValue(state, out int last) && _ranges[last].Offset + _ranges[last].Length == range.Offset)
        {
            _ranges[last] = _ranges[last] with { Length = _ranges[last].Length + range.Length };
            return;
        }

        _last[state] = _ranges.Count;
        _ranges.Add(range);
    }

    public PoolDamage ToDamage() => new(code, message, file, _ranges);
}
