namespace BlockSnap.Storage;

/// <summary>
/// Changes of reference counts in the order they happened, not yet applied. The hot path appends a word here under the gate and never
/// touches a count; the ledger applies them in order, so a count is never seen below zero.
/// </summary>
internal sealed class ReferenceQueue
{
    public const int OpBits = 2;

    private const int ChunkWords = 8192;

    // Chunks kept for use again: what two seconds of a fast writer take.
    private const int IdleMax = 512;

    private readonly List<ulong[]> _full = [];
    private readonly Stack<ulong[]> _idle = new();
    private ulong[] _current = new ulong[ChunkWords];
    private int _used;

    /// <summary>What happens to a count.</summary>
    public enum Op : byte
    {
        /// <summary>A new block with its first reference.</summary>
        Born = 0,

        /// <summary>One more reference.</summary>
        Retain = 1,

        /// <summary>One less; the last one releases what a node refers to. For a node, its checksum and level follow.</summary>
        Release = 2,

        /// <summary>The only reference of a node goes, but what it refers to has been handed over to its successor.</summary>
        Forget = 3,
    }

    public long Length => ((long)_full.Count * ChunkWords) + _used;

    /// <summary>
    /// Bytes of the blocks and nodes that lose a reference by what is queued: of them, no more die. What dies because a node that refers to it
    /// does is not counted.
    /// </summary>
    public long ReleasedBytes { get; private set; }

    /// <summary>The nodes without a name whose releases are not queued yet; set by the map.</summary>
    public IVolatileReleases? Volatile { get; set; }

    /// <summary>The block that a change names.</summary>
    public static BlockId IdOf(ulong word) => new(word >> OpBits);

    public void Born(BlockId id) => Add((id.Value << OpBits) | (ulong)Op.Born);

    public void Retain(BlockId id) => Add((id.Value << OpBits) | (ulong)Op.Retain);

    public void ReleaseBlock(BlockId id)
    {
        ReleasedBytes += id.Length;
        Add((id.Value << OpBits) | (ulong)Op.Release);
    }

    public void ReleaseNode(BlockId id, ulong checksum, int level)
    {
        ReleasedBytes += id.Length;
        Add((id.Value << OpBits) | (ulong)Op.Release);
        Add(checksum);
        Add((ulong)level);
    }

    public void Forget(BlockId id) => Add((id.Value << OpBits) | (ulong)Op.Forget);

    /// <summary>Queues the releases that volatile nodes hold back, those of so many nodes at most. Returns whether there are more.</summary>
    public bool Complete(int nodes = int.MaxValue)
    {
        Volatile?.Release(nodes);
        return Volatile is { Waiting: > 0 };
    }

    /// <summary>Takes everything queued so far. What was taken is given back by <see cref="Reuse"/>.</summary>
    public List<ArraySegment<ulong>> Take()
    {
        var taken = new List<ArraySegment<ulong>>(_full.Count + 1);
        ReleasedBytes = 0;
        foreach (ulong[] chunk in _full)
        {
            taken.Add(chunk);
        }

        _full.Clear();
        if (_used > 0)
        {
            taken.Add(new ArraySegment<ulong>(_current, 0, _used));
            _current = Fresh();
            _used = 0;
        }

        return taken;
    }

    /// <summary>Takes back chunks whose changes were applied.</summary>
    public void Reuse(List<ArraySegment<ulong>> applied)
    {
        foreach (ArraySegment<ulong> chunk in applied)
        {
            if (_idle.Count < IdleMax)
            {
                _idle.Push(chunk.Array!);
            }
        }
    }

    private void Add(ulong word)
    {
        if (_used == ChunkWords)
        {
            _full.Add(_current);
            _current = Fresh();
            _used = 0;
        }

        _current[_used++] = word;
    }

    private ulong[] Fresh() => _idle.TryPop(out ulong[]? idle) ? idle : new ulong[ChunkWords];
}
