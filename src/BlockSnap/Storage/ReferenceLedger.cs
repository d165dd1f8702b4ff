using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <summary>
/// Reference counts of all slots (I2, I3, I4), paged by segment. Changes come through <see cref="Queue"/>, which the gate guards; all
/// else happens under <see cref="Sync"/>, taken before the gate and the device lock.
/// A node whose last reference goes keeps its count of one and waits in the list of releases until what it refers to was released too:
/// so its bytes stay readable, and a crash in between finds it in the list that the checkpoint wrote.
/// Where the counts of a segment are damaged, all its blocks count as in use: space is lost until a repair, never a block.
/// </summary>
internal sealed class ReferenceLedger(Gate gate, SegmentTable table, CheckpointFiles files, int segmentBytes, long memoryMax) : IDisposable
{
    private const int RecentSlots = 1024;
    private const ulong HeldBit = 0x100;

    private readonly Dictionary<long, CountsPage> _pages = [];
    private readonly CountsPage?[] _recent = new CountsPage?[RecentSlots];
    private readonly Stack<PendingRelease> _releases = new();
    private readonly List<PendingRelease> _stuck = [];
    private readonly List<CountsPage> _evictable = [];

    // Segments whose counts were written since the last durable checkpoint, to the place that the next superblock will call valid.
    private readonly HashSet<SegmentInfo> _rewritten = [];
    private long _memory;
    private int _clock;

    /// <summary>Guards counts, live bytes and releases.</summary>
    public Lock Sync { get; } = new();

    /// <summary>Changes not yet applied; under the gate.</summary>
    public ReferenceQueue Queue { get; } = new();

    /// <summary>Reads a stored node for its release; set by the store.</summary>
    public required Action<BlockId, ulong, byte[]> ReadNode { get; init; }

    /// <summary>Told when changes were taken and could not be applied: memory and device are then apart. Set by the store.</summary>
    public Action<Exception> Failed { get; init; } = static _ => { };

    /// <summary>Nodes whose children wait to be released.</summary>
    public int PendingReleases => _releases.Count;

    /// <summary>Applies what is queued.</summary>
    /// <param name="beside">Called under the same hold of the gate in which the queue is taken.</param>
    public void Drain(Action? beside = null)
    {
        lock (Sync)
        {
            List<ArraySegment<ulong>> taken;
            using (gate.Enter())
            {
                beside?.Invoke();
                taken = Queue.Take();
            }

            try
            {
                Apply(taken);
            }
            catch (Exception e)
            {
                Failed(e);
                if (e is BlockSnapException)
                {
                    throw;
                }

                throw new PoolFaultedException(e);
            }
        }
    }

    /// <summary>Applies what is queued and gives back all that waits: then live bytes are exact.</summary>
    public void DrainAll(CancellationToken cancellationToken)
    {
        Drain();
        ReleaseAll(cancellationToken);
    }

    /// <summary>Gives back all that waits.</summary>
    public void ReleaseAll(CancellationToken cancellationToken)
    {
        const int NodesPerStep = 64; // others have the lock in between
        while (Step(NodesPerStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Applies changes in order. Sync held.</summary>
    public void Apply(List<ArraySegment<ulong>> taken)
    {
        ReleaseState state = default;
        foreach (ArraySegment<ulong> chunk in taken)
        {
            foreach (ulong word in chunk)
            {
                Apply(word, ref state);
            }
        }

        using (gate.Enter())
        {
            Queue.Reuse(taken);
        }
    }

    /// <summary>Releases the children of up to <paramref name="nodes"/> waiting nodes. Returns whether more are waiting.</summary>
    /// <exception cref="TooManyFilesException">A node could not be read for want of a descriptor; it waits on.</exception>
    public bool Step(int nodes)
    {
        lock (Sync)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(NodeLayout.Bytes);
            try
            {
                for (; nodes > 0 && _releases.TryPop(out PendingRelease node); nodes--)
                {
                    ReleaseChildren(node, buffer);
                }
            }
            catch (Exception e) when (e is not TooManyFilesException)
            {
                Failed(e);
                if (e is BlockSnapException)
                {
                    throw;
                }

                throw new PoolFaultedException(e);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return _releases.Count > 0;
        }
    }

    /// <summary>The count of a block, 1 where it cannot be known. Sync held.</summary>
    public uint CountOf(BlockId id) => PageOf(id.Segment) is not { } page || id.Slot >= page.SlotsMax ? 0 : page.IsDamaged ? 1 : page[id.Slot];

    /// <summary>The count of a block, 0 where it cannot be known: such a block is never freed. Sync held.</summary>
    public uint KnownCountOf(BlockId id) => PageOf(id.Segment) is { IsDamaged: false } page && id.Slot < page.SlotsMax ? page[id.Slot] : 0;

    /// <summary>Whether a segment is in the table and its counts are what was written. Sync held.</summary>
    public bool Knows(long segment) => PageOf(segment) is { IsDamaged: false };

    /// <summary>Forgets the counts of a segment that leaves the table. Sync held.</summary>
    public void Drop(SegmentInfo segment)
    {
        if (_pages.Remove(segment.Number, out CountsPage? page))
        {
            Discard(page);
        }
    }

    /// <summary>Writes every changed page to its unused place. Sync held.</summary>
    /// <returns>The segments whose row changed.</returns>
    public List<SegmentInfo> WriteDirty()
    {
        foreach (CountsPage page in _pages.Values)
        {
            if (page.IsDirty)
            {
                Write(page);
            }
        }

        return [.. _rewritten];
    }

    /// <summary>Says that a superblock with what was written is durable: the next change goes to the other place. Sync held.</summary>
    public void Settle() => _rewritten.Clear();

    /// <summary>
    /// The pending releases as three words each, and with them the references that readers hold at present: if the process ends, nobody
    /// else will give those back. Sync held.
    /// </summary>
    public ulong[] EncodeReleases(IReadOnlyCollection<PendingRelease> held)
    {
        var words = new List<ulong>(3 * (_releases.Count + _stuck.Count + held.Count));
        foreach (PendingRelease release in _releases.Concat(_stuck))
        {
            words.AddRange([release.Id.Value, release.Checksum, (ulong)release.Level]);
        }

        foreach (PendingRelease release in held)
        {
            words.AddRange([release.Id.Value, release.Checksum, (ulong)release.Level | HeldBit]);
        }

        return [.. words];
    }

    /// <summary>Reads the words back: the node, and whether it is only a reader's reference.</summary>
    public static IEnumerable<(PendingRelease Release, bool IsHeld)> DecodeReleases(ulong[] words)
    {
        for (int i = 0; i + 2 < words.Length; i += 3)
        {
            yield return (new PendingRelease(new BlockId(words[i]), words[i + 1], (int)(words[i + 2] & 0xFF)), (words[i + 2] & HeldBit) != 0);
        }
    }

    /// <summary>Takes over the releases a checkpoint left. Gate held.</summary>
    public void LoadReleases(ulong[] words)
    {
        foreach ((PendingRelease release, bool isHeld) in DecodeReleases(words).Reverse())
        {
            if (!release.Id.IsValid || !release.Id.IsNode || release.Level is < 1 or > 8)
            {
                throw new PoolCorruptedException("releases", $"its checksum is right, but node {release.Id} of level {release.Level} is nonsense");
            }

            if (isHeld)
            {
                Queue.ReleaseNode(release.Id, release.Checksum, release.Level);
            }
            else
            {
                _releases.Push(release);
            }
        }
    }

    public void Dispose()
    {
        foreach (CountsPage page in _pages.Values)
        {
            page.Dispose();
        }

        _pages.Clear();
        Array.Clear(_recent);
    }

    // A node's release spans three words, which may lie in two chunks of the queue.
    private struct ReleaseState
    {
        public BlockId Id;
        public ulong Checksum;
        public int WordsLeft;
    }

    private void Apply(ulong word, ref ReleaseState state)
    {
        if (state.WordsLeft == 2)
        {
            state.Checksum = word;
            state.WordsLeft = 1;
            return;
        }

        if (state.WordsLeft == 1)
        {
            state.WordsLeft = 0;
            ReleaseNode(new PendingRelease(state.Id, state.Checksum, (int)word));
            return;
        }

        var id = new BlockId(word >> ReferenceQueue.OpBits);
        switch ((ReferenceQueue.Op)(word & 3))
        {
            case ReferenceQueue.Op.Born:
                Bear(id);
                break;
            case ReferenceQueue.Op.Retain:
                Retain(id);
                break;
            case ReferenceQueue.Op.Release when id.IsNode:
                state = new ReleaseState { Id = id, WordsLeft = 2 };
                break;
            case ReferenceQueue.Op.Release:
                ReleaseBlock(id);
                break;
            default:
                Bury(Touch(id), id);
                break;
        }
    }

    private void Retain(BlockId id)
    {
        CountsPage page = Touch(id);
        if (page.IsDamaged)
        {
            return;
        }

        if (page[id.Slot] == uint.MaxValue)
        {
            throw new PoolCorruptedException(CheckpointFiles.CountsName, $"block {id} has as many references as can be counted");
        }

        page[id.Slot]++;
    }

    private void Bear(BlockId id)
    {
        CountsPage page = Touch(id);
        page.Segment.LiveBytes += id.Length;
        page.Segment.NodeBytes += id.IsNode ? id.Length : 0;
        if (!page.IsDamaged)
        {
            page[id.Slot] = 1;
        }
    }

    private void ReleaseBlock(BlockId id)
    {
        CountsPage page = Touch(id);
        if (page[id.Slot] > 1 && !page.IsDamaged)
        {
            page[id.Slot]--;
        }
        else
        {
            Bury(page, id);
        }
    }

    private void ReleaseNode(PendingRelease node)
    {
        CountsPage page = Touch(node.Id);
        if (page.IsDamaged)
        {
            return; // it may be shared: neither it nor what it refers to is given back
        }

        switch (page[node.Id.Slot])
        {
            case 0:
                throw new PoolCorruptedException(CheckpointFiles.CountsName, $"node {node.Id} is given back and has no reference");
            case 1:
                _releases.Push(node);
                break;
            default:
                page[node.Id.Slot]--;
                break;
        }
    }

    private void ReleaseChildren(PendingRelease node, byte[] buffer)
    {
        try
        {
            ReadNode(node.Id, node.Checksum, buffer);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            _stuck.Add(node); // what it referred to cannot be known: it stays, and a check names it
            return;
        }
        catch (TooManyFilesException)
        {
            _releases.Push(node); // nothing was released yet: it waits as before
            throw;
        }

        foreach (NodeEntry entry in NodeLayout.Entries(buffer.AsSpan()))
        {
            if (entry.IsNone)
            {
                continue;
            }

            if (node.Level > 1)
            {
                ReleaseNode(new PendingRelease(entry.Id, entry.Checksum, node.Level - 1));
            }
            else
            {
                ReleaseBlock(entry.Id);
            }
        }

        Bury(Touch(node.Id), node.Id);
    }

    private static void Bury(CountsPage page, BlockId id)
    {
        if (page.IsDamaged)
        {
            return;
        }

        if (page[id.Slot] != 1)
        {
            throw new PoolCorruptedException(CheckpointFiles.CountsName, $"block {id} has {page[id.Slot]} references where one was expected");
        }

        page[id.Slot] = 0;
        page.Segment.LiveBytes -= id.Length;
        page.Segment.NodeBytes -= id.IsNode ? id.Length : 0;
    }

    private CountsPage Touch(BlockId id)
    {
        CountsPage page = PageOf(id.Segment)
            ?? throw new PoolCorruptedException(CheckpointFiles.TableName, $"block {id} lies in a segment that the table does not know");
        if (id.Slot >= page.SlotsMax)
        {
            throw new PoolCorruptedException(CheckpointFiles.TableName, $"block {id} lies beyond the end of its segment");
        }

        page.IsDirty = !page.IsDamaged;
        return page;
    }

    private CountsPage? PageOf(long segment)
    {
        ref CountsPage? recent = ref _recent[segment & (RecentSlots - 1)];
        if (recent is { } hit && hit.Segment.Number == segment)
        {
            hit.Touched = true;
            return hit;
        }

        if (!_pages.TryGetValue(segment, out CountsPage? page))
        {
            page = Load(segment);
        }

        recent = page;
        return page;
    }

    private CountsPage? Load(long number)
    {
        SegmentInfo? segment;
        using (gate.Enter())
        {
            if (!table.TryGet(number, out segment))
            {
                return null;
            }
        }

        Evict();
        CountsPage page = Load(segment!);
        _pages[number] = page;
        _evictable.Add(page);
        _memory += page.MemoryBytes;
        return page;
    }

    // What does not prove itself, read three times, is damaged for good. The next checkpoint says so in the segment's row, by a checksum that nothing has:
    // changes are let pass from now on, so if the old counts turn up again, they are wrong. A read that fails may succeed later, so it
    // ends the work instead, until the pool is opened anew.
    private CountsPage Load(SegmentInfo segment)
    {
        int slots = segmentBytes >> segment.GranuleLog2;
        var page = new CountsPage(segment, slots);
        if (segment.CountsChecksum == 0)
        {
            return page;
        }

        const int TriesMax = 3; // a bit that flipped on the way is right the next time
        for (int tries = 0; tries < TriesMax; tries++)
        {
            try
            {
                files.ReadCounts(segment.Row, segment.CountsVersion, page.Bytes(slots));
            }
            catch (IOException e)
            {
                page.Dispose();
                throw new PoolCorruptedException(CheckpointFiles.CountsName, $"the counts of segment {segment.Number} cannot be read", e);
            }

            if (BlockChecksum.Compute(page.Bytes(slots)) == segment.CountsChecksum)
            {
                return page;
            }
        }

        page.Dispose();
        segment.CountsChecksum ^= 1;
        _rewritten.Add(segment);
        return new CountsPage(segment, slots) { IsDamaged = true };
    }

    // Second chance over all pages; a changed one is written to its unused place first.
    private void Evict()
    {
        for (int tries = 2 * _evictable.Count; _memory > memoryMax && tries > 0 && _evictable.Count > 1; tries--)
        {
            _clock = (_clock + 1) % _evictable.Count;
            CountsPage page = _evictable[_clock];
            if (page.Touched || page.Segment.IsActive || page.IsDamaged)
            {
                page.Touched = false;
                continue;
            }

            if (page.IsDirty && !TryWrite(page))
            {
                return; // no space: it stays in memory, beyond the bound, until a checkpoint finds some
            }

            _pages.Remove(page.Segment.Number);
            Discard(page);
        }
    }

    private bool TryWrite(CountsPage page)
    {
        try
        {
            Write(page);
            return true;
        }
        catch (PoolFullException)
        {
            return false;
        }
    }

    private void Write(CountsPage page)
    {
        SegmentInfo segment = page.Segment;
        if (_rewritten.Add(segment))
        {
            segment.CountsVersion ^= 1;
        }

        Span<byte> counts = page.Bytes(page.SlotsMax);
        segment.CountsChecksum = BlockChecksum.Compute(counts);
        files.WriteCounts(segment.Row, segment.CountsVersion, counts);
        page.IsDirty = false;
    }

    private void Discard(CountsPage page)
    {
        ref CountsPage? recent = ref _recent[page.Segment.Number & (RecentSlots - 1)];
        if (recent == page)
        {
            recent = null;
        }

        _evictable.Remove(page);
        _memory -= page.MemoryBytes;
        page.Dispose();
    }
}
