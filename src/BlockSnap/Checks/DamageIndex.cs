namespace BlockSnap.Checks;

/// <summary>Which blocks are damaged, by name. A few bytes for each damaged block or unrecorded slot, one entry for a whole segment. For one thread.</summary>
internal sealed class DamageIndex
{
    private readonly Dictionary<long, Entry> _segments = [];
    private readonly List<DamageFinding> _findings = [];

    private sealed class Entry
    {
        /// <summary>What makes all of the segment unreadable.</summary>
        public DamageFinding? Whole { get; set; }

        public Dictionary<int, DamageFinding> Slots { get; } = [];

        /// <summary>Slots that only a map can prove, and the finding that they belong to when it does not.</summary>
        public HashSet<int> Unrecorded { get; } = [];

        public DamageFinding? Records { get; set; }
    }

    public int Count => _findings.Count;

    public IReadOnlyList<DamageFinding> Findings => _findings;

    /// <summary>Whether there is anything to look for in the maps.</summary>
    public bool IsEmpty => _segments.Count == 0;

    /// <summary>Damage that loses no block.</summary>
    public void Add(DamageFinding finding) => _findings.Add(finding);

    public void AddWhole(long segment, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Whole = finding;
    }

    public void AddBlock(long segment, int slot, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Slots[slot] = finding;
    }

    public void AddUnrecorded(long segment, IEnumerable<int> slots, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Records = finding;
        Of(segment).Unrecorded.UnionWith(slots);
    }

    /// <summary>The damage that a block suffers, or null. One that only a map can prove is asked for.</summary>
    public DamageFinding? Find(BlockId id, Func<bool> canRead)
    {
        if (!_segments.TryGetValue(id.Segment, out Entry? entry))
        {
            return null;
        }

        if (entry.Whole is not null || entry.Slots.ContainsKey(id.Slot))
        {
            return entry.Whole ?? entry.Slots[id.Slot];
        }

        return entry.Unrecorded.Contains(id.Slot) && !canRead() ? entry.Records : null;
    }

    /// <summary>Forgets damage of blocks that nothing refers to any more.</summary>
    public void Forget(Func<long, IEnumerable<int>, bool> isInUse)
    {
        foreach ((long segment, Entry entry) in _segments)
        {
            foreach ((int slot, DamageFinding finding) in entry.Slots)
            {
                if (!finding.HasRanges && !isInUse(segment, [slot]))
                {
                    _findings.Remove(finding);
                }
            }
        }
    }

    private Entry Of(long segment)
    {
        if (!_segments.TryGetValue(segment, out Entry? entry))
        {
            _segments[segment] = entry = new Entry();
        }

        return entry;
    }
}
