using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <summary>
/// The reference counts of all slots (I2, I3, I4), and what follows when a last reference goes. Changes come through <see cref="Queue"/>, which
/// the gate guards; all else happens under <see cref="Sync"/>, taken before the gate and the device lock.
/// A node whose last reference goes keeps its count of one and waits in the list of releases until what it refers to was released too:
/// so its bytes stay readable, and after a crash it is in the list that the checkpoint wrote.
/// Where the counts of a segment are damaged, all its blocks count as in use: space is lost until a repair, never a block.
/// </summary>
internal sealed class ReferenceLedger(Gate gate, SegmentTable table, CheckpointFiles files, int segmentBytes, long memoryMax) : IDisposable
{
    /// <summary>Guards counts, live bytes and releases.</summary>
    public Lock Sync { get; } = new();

    /// <summary>Changes not yet applied; under the gate.</summary>
    public ReferenceQueue Queue { get; } = new();

    /// <summary>The counts themselves; under <see cref="Sync"/>.</summary>
    public CountsCache Counts { get; } = new(gate, table, files, segmentBytes, memoryMax);

    /// <summary>Nodes whose children wait to be released; under <see cref="Sync"/>.</summary>
    public ReleaseList Releases { get; } = new();

    /// <summary>Whether changes are queued, or nodes wait for their children to be released.</summary>
    public bool HasReleases
    {
        get
        {
            lock (Sync)
            {
                using (gate.Enter())
                {
                    return Releases.Count > 0 || Queue.Length > 0;
                }
            }
        }
    }

    /// <summary>Bytes of blocks and nodes that have died since the pool was opened; a hint when <see cref="Sync"/> is not held.</summary>
    public long BuriedBytes { get; private set; }

    /// <summary>Reads a stored node for its release; set by the store.</summary>
    public required Action<BlockId, ulong, byte[]> ReadNode { get; init; }

    /// <summary>Called when changes were taken and could not be applied: then memory and device are apart. Set by the store.</summary>
    public Action<Exception> Failed { get; init; } = static _ => { };

    /// <summary>Applies what is queued.</summary>
    /// <param name="beside">Called under the same hold of the gate in which the queue is taken.</param>
    public void Drain(Action? beside = null)
    {
        lock (Sync)
        {
            CompleteQueue();
            List<ArraySegment<ulong>> taken;
            using (gate.Enter())
            {
                Queue.Complete();
                beside?.Invoke();
                taken = Queue.Take();
            }

            OrFail(() => Apply(taken));
        }
    }

    /// <summary>
    /// Queues the releases that volatile nodes hold back, those of a few nodes under each hold of the gate. What comes meanwhile is left for the
    /// hold in which the caller takes the queue.
    /// </summary>
    public void CompleteQueue()
    {
        const int NodesPerHold = 16; // some twenty microseconds
        bool isMore;
        do
        {
            using (gate.EnterAfterOthers())
            {
                isMore = Queue.Complete(NodesPerHold);
            }
        }
        while (isMore);
    }

    /// <summary>Applies what is queued and gives back all that waits: then live bytes are exact.</summary>
    public void DrainAll(CancellationToken cancellationToken)
    {
        Drain();
        ReleaseAll(cancellationToken);
    }

    /// <summary>Gives back all that waits. Of the nodes that could not be read before it tries 64 at most again, however many are damaged.</summary>
    public void ReleaseAll(CancellationToken cancellationToken)
    {
        const int NodesPerStep = 64; // others get the lock in between
        lock (Sync)
        {
            Releases.TryAgain(NodesPerStep);
        }

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
            ReadOnlySpan<ulong> words = chunk;
            for (int i = 0; i < words.Length; i++)
            {
                if (i + CountsCache.Ahead < words.Length)
                {
                    // The word may be a checksum, which names nothing: then the hint is of no use, and does no harm.
                    Counts.Prefetch(ReferenceQueue.IdOf(words[i + CountsCache.Ahead]));
                }

                Apply(words[i], ref state);
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
            OrFail(() => ReleaseSome(nodes), static e => e is TooManyFilesException);
            return Releases.Count > 0;
        }
    }

    /// <summary>The count of a block, 1 where the counts are damaged. Sync held.</summary>
    public uint CountOf(BlockId id) =>
        Counts.Find(id.Segment) is not { } page || id.Slot >= page.SlotsMax ? 0
        : page.IsDamaged ? 1
        : page[id.Slot];

    /// <summary>The count of a block, 0 where the counts are damaged: such a block is never freed. Sync held.</summary>
    public uint KnownCountOf(BlockId id) =>
        Counts.Find(id.Segment) is { IsDamaged: false } page && id.Slot < page.SlotsMax ? page[id.Slot] : 0;

    /// <summary>Whether a segment is in the table and its counts are what was written. Sync held.</summary>
    public bool Knows(long segment) => Counts.Find(segment) is { IsDamaged: false };

    public void Dispose() => Counts.Dispose();

    private void OrFail(Action work, Predicate<Exception>? harmless = null)
    {
        try
        {
            work();
        }
        catch (Exception e) when (harmless?.Invoke(e) != true)
        {
            Failed(e);
            if (e is BlockSnapException)
            {
                throw;
            }

            throw new PoolFaultedException(e);
        }
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

        BlockId id = ReferenceQueue.IdOf(word);
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

        uint count = page[id.Slot];
        if (count == uint.MaxValue)
        {
            throw new PoolCorruptedException(CheckpointFiles.CountsName, $"block {id} has as many references as can be counted");
        }

        Counts.Set(page, id.Slot, count + 1);
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
        if (page[id.Slot] > 1)
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
                Releases.Push(node);
                break;
            default:
                page[node.Id.Slot]--;
                break;
        }
    }

    private void ReleaseSome(int nodes)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(NodeLayout.Bytes);
        try
        {
            for (; nodes > 0 && Releases.TryPop(out PendingRelease node); nodes--)
            {
                ReleaseChildren(node, buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
            Releases.SetAside(node);
            return;
        }
        catch (TooManyFilesException)
        {
            Releases.Push(node); // nothing was released yet: it waits as before
            throw;
        }

        Span<NodeEntry> entries = NodeLayout.Entries(buffer.AsSpan());
        for (int i = 0; i < entries.Length; i++)
        {
            Counts.PrefetchAhead(entries, i);
            NodeEntry entry = entries[i];
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

    private void Bury(CountsPage page, BlockId id)
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
        BuriedBytes += id.Length;
        page.Segment.LiveBytes -= id.Length;
        page.Segment.NodeBytes -= id.IsNode ? id.Length : 0;
    }

    private CountsPage Touch(BlockId id)
    {
        CountsPage page = Counts.Find(id.Segment)
            ?? throw new PoolCorruptedException(CheckpointFiles.TableName, $"block {id} lies in a segment that the table does not know");
        if (id.Slot >= page.SlotsMax)
        {
            throw new PoolCorruptedException(CheckpointFiles.TableName, $"block {id} lies beyond the end of its segment");
        }

        page.IsDirty = !page.IsDamaged;
        return page;
    }

    // A node's release has three words, which may lie in two chunks of the queue.
    private struct ReleaseState
    {
        public BlockId Id;
        public ulong Checksum;
        public int WordsLeft;
    }
}
