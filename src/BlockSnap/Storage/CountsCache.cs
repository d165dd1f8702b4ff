using System.Runtime.InteropServices;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <summary>
/// The counts of all segments, a page for each, in a bounded amount of memory. A changed page is written to the place that the valid superblock
/// does not use, by a checkpoint or when its memory is needed. The ledger's lock guards it.
/// </summary>
internal sealed class CountsCache(Gate gate, SegmentTable table, CheckpointFiles files, int segmentBytes, long memoryMax) : IDisposable
{
    /// <summary>
    /// How far ahead a walk over many names asks the processor for counts: those of blocks that were written at random lie far apart in memory.
    /// </summary>
    public const int Ahead = 16;

    private const int RecentSlots = 4096;

    private readonly Dictionary<long, CountsPage> _pages = [];
    private readonly CountsPage?[] _recent = new CountsPage?[RecentSlots];
    private readonly List<CountsPage> _evictable = [];

    // A buffer for all counts of one segment, as they are on the device.
    private readonly uint[] _stored = new uint[segmentBytes / BlockSize.MinimumBytes];

    // Segments whose counts were written since the last durable checkpoint, to the place that the next superblock will call valid.
    private readonly HashSet<SegmentInfo> _rewritten = [];
    private long _memoryBytes;
    private int _clock;

    /// <summary>The counts of a segment, or null when the table does not know it.</summary>
    public CountsPage? Find(long segment)
    {
        ref CountsPage? recent = ref _recent[segment & (RecentSlots - 1)];
        if (recent is { } hit && hit.Number == segment)
        {
            hit.Touched = true;
            return hit;
        }

        if (_pages.TryGetValue(segment, out CountsPage? page))
        {
            page.Touched = true;
        }
        else
        {
            page = Load(segment);
        }

        recent = page;
        return page;
    }

    /// <summary>Changes a count, which may make its page larger.</summary>
    public void Set(CountsPage page, int slot, uint count)
    {
        int before = page.MemoryBytes;
        page[slot] = count;
        _memoryBytes += page.MemoryBytes - before;
    }

    /// <summary>Asks the processor for a count that will be wanted soon, if its page was in use lately. A hint: any name may be given.</summary>
    public void Prefetch(BlockId id)
    {
        if (_recent[id.Segment & (RecentSlots - 1)] is { } page && page.Number == id.Segment)
        {
            page.Prefetch(id.Slot);
        }
    }

    /// <summary>Asks for the count of the child that stands <see cref="Ahead"/> entries further on, if there is one.</summary>
    public void PrefetchAhead(ReadOnlySpan<NodeEntry> entries, int at)
    {
        if (at + Ahead < entries.Length)
        {
            Prefetch(entries[at + Ahead].Id);
        }
    }

    /// <summary>Forgets the counts of a segment that leaves the table.</summary>
    public void Drop(SegmentInfo segment)
    {
        if (_pages.Remove(segment.Number, out CountsPage? page))
        {
            Discard(page);
        }
    }

    /// <summary>Writes every changed page to its unused place.</summary>
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

    /// <summary>Whether the counts of a segment are those of the newest durable checkpoint.</summary>
    public bool IsSettled(SegmentInfo segment)
    {
        bool isChanged = _pages.TryGetValue(segment.Number, out CountsPage? page) && page.IsDirty;
        return !isChanged && !_rewritten.Contains(segment);
    }

    /// <summary>Says that a superblock with what was written is durable: the next change goes to the other place.</summary>
    public void Settle() => _rewritten.Clear();

    public void Dispose()
    {
        foreach (CountsPage page in _pages.Values)
        {
            page.Dispose();
        }

        _pages.Clear();
        Array.Clear(_recent);
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
        _memoryBytes += page.MemoryBytes;
        return page;
    }

    // Counts that do not match their checksum in three reads are damaged for good. From now on changes of them are left out, so the old counts
    // must never be believed again: the next checkpoint writes a checksum into the segment's row that they do not have. A read that fails may
    // succeed later, so it ends the work instead, until the pool is opened again.
    private CountsPage Load(SegmentInfo segment)
    {
        const int TriesMax = 3; // a bit that flipped on the way is right the next time
        int slots = segmentBytes >> segment.GranuleLog2;
        if (segment.CountsChecksum == 0)
        {
            return new CountsPage(segment, slots);
        }

        Span<uint> stored = _stored.AsSpan(0, slots);
        Span<byte> bytes = MemoryMarshal.AsBytes(stored);
        for (int tries = 0; tries < TriesMax; tries++)
        {
            try
            {
                files.ReadCounts(segment.Row, segment.CountsVersion, bytes);
            }
            catch (IOException e)
            {
                throw new PoolCorruptedException(CheckpointFiles.CountsName, $"the counts of segment {segment.Number} cannot be read", e);
            }

            if (BlockChecksum.Compute(bytes) == segment.CountsChecksum)
            {
                var page = new CountsPage(segment, slots);
                page.Load(stored);
                return page;
            }
        }

        segment.CountsChecksum ^= 1;
        _rewritten.Add(segment);
        return new CountsPage(segment, slots) { IsDamaged = true };
    }

    // Takes pages out of memory, by the clock, until they fit. A changed one is written to its unused place first.
    private void Evict()
    {
        for (int tries = 2 * _evictable.Count; _memoryBytes > memoryMax && tries > 0 && _evictable.Count > 1; tries--)
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

        Span<uint> stored = _stored.AsSpan(0, page.SlotsMax);
        page.CopyTo(stored);
        Span<byte> counts = MemoryMarshal.AsBytes(stored);
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
        _memoryBytes -= page.MemoryBytes;
        page.Dispose();
    }
}
