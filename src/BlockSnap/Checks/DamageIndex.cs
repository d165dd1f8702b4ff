namespace BlockSnap.Checks;

/// <summary>
/// Which blocks are damaged, by name: a few bytes for each damaged block or unrecorded slot, one entry for a whole segment. For one thread.
/// </summary>
internal sealed class DamageIndex
{
    private readonly Dictionary<long, Entry> _segments = [];
    private readonly List<DamageFinding> _findings = [];

    private sealed class Entry
    {
        /// <summary>What makes all of the segment unreadable.</summary>
        public DamageFinding? Whole { get; set; }

        /// <summary>Damage of single blocks, by their first slots.</summary>
        public Dictionary<int, DamageFinding> Slots { get; } = [];

        /// <summary>First slots of blocks without a record: only a map entry can prove them.</summary>
        public HashSet<int> Unrecorded { get; } = [];

        /// <summary>The finding that such a block belongs to when it is not proven.</summary>
        public DamageFinding? Records { get; set; }
    }

    /// <summary>The number of findings.</summary>
    public int Count => _findings.Count;

    public IReadOnlyList<DamageFinding> Findings => _findings;

    /// <summary>Whether no block is damaged: then there is nothing to look for in the maps.</summary>
    public bool IsEmpty => _segments.Count == 0;

    /// <summary>Damage that loses no block.</summary>
    public void Add(DamageFinding finding) => _findings.Add(finding);

    /// <summary>Damage that makes a whole segment unreadable.</summary>
    public void AddWhole(long segment, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Whole = finding;
    }

    /// <summary>Damage of one block.</summary>
    public void AddBlock(long segment, int slot, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Slots[slot] = finding;
    }

    /// <summary>Damage of records: the blocks in these slots may themselves be sound.</summary>
    public void AddUnrecorded(long segment, IEnumerable<int> slots, DamageFinding finding)
    {
        _findings.Add(finding);
        Of(segment).Records = finding;
        Of(segment).Unrecorded.UnionWith(slots);
    }

    /// <summary>The damage that a block suffers, or null.</summary>
    /// <param name="id">The block.</param>
    /// <param name="canRead">Whether it can be read and is what its map entry says; asked only for a block without a record.</param>
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
