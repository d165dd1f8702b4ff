using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <summary>
/// Reads and writes of disks: bytes above, blocks of maps and log below. Every step is one short hold of the gate; the device and the
/// loading of nodes happen outside of it, and a step that lacked a node is tried again.
/// </summary>
internal sealed partial class BlockEngine(LogBlockStore store, BlockMap map, MapReader reader)
{
    // The last node that this thread did not find because nothing referred to it any more. A map that leads there a second time is damaged.
    [ThreadStatic]
    private static BlockId t_died;

    private readonly Gate _gate = store.Gate;

    public LogBlockStore Store => store;

    public BlockMap Map => map;

    public MapReader Reader => reader;

    /// <summary>Called without the gate after something was appended: there the writer may have to wait, or to do upkeep.</summary>
    public Action AfterAppend { get; set; } = static () => { };

    /// <summary>Called without the gate when something found no space: gives back what can be. False when nothing can.</summary>
    public Func<bool> MakeSpace { get; set; } = static () => false;

    /// <summary>
    /// Turns the blocks that lie wholly inside a range into holes. With <paramref name="exact"/> the parts of blocks at its ends become zeros too.
    /// </summary>
    public void Clear(DiskVolume volume, long offset, long length, bool exact)
    {
        if (length == 0)
        {
            return; // inside a block, the block would be written anew with nothing changed
        }

        try
        {
            ClearOnce(volume, offset, length, exact);
        }
        catch (PoolFullException)
        {
            if (!MakeSpace())
            {
                throw;
            }

            ClearOnce(volume, offset, length, exact);
        }
    }

    /// <summary>Writes a block of an inner disk. Gate held, by a checkpoint; a missing node is loaded under it, there are few.</summary>
    public void WriteInner(DiskVolume volume, long index, ReadOnlySpan<byte> block)
    {
        bool zero = BlockDiffer.IsZero(block);
        MissingNode missing;
        while (zero ? !map.TryPrepareClear(volume.Head, index, 1, out missing) : !map.TryPrepare(volume.Head, index, out missing))
        {
            reader.Load(missing);
        }

        if (zero)
        {
            map.Clear(volume.Head, index, 1);
            return;
        }

        BlockId id = store.Log.AppendBlock(
            RecordKind.Data, volume.Number, 0, index, BlockId.ClassOf(volume.BlockSize), block, bookkeeping: true, out ulong checksum);
        store.Ledger.Queue.Born(id);
        map.Set(volume.Head, index, NodeEntry.Of(id, checksum));
    }

    /// <summary>Applies a record of the log again. Called while the pool opens, by one thread.</summary>
    public void Replay(DiskVolume volume, in LogRecord record, BlockId id)
    {
        while (true)
        {
            MissingNode missing;
            using (_gate.Enter())
            {
                if (record.Kind == RecordKind.Hole)
                {
                    if (map.TryPrepareClear(volume.Head, record.Index, record.Count, out missing))
                    {
                        map.Clear(volume.Head, record.Index, record.Count);
                        return;
                    }
                }
                else if (map.TryPrepare(volume.Head, record.Index, out missing))
                {
                    store.Ledger.Queue.Born(id);
                    map.Set(volume.Head, record.Index, NodeEntry.Of(id, record.Checksum));
                    return;
                }
            }

            Load(volume, missing);
        }
    }

    /// <summary>Brings a node into memory that a step under the gate lacked.</summary>
    /// <param name="view">The disk whose map has the node, for the error.</param>
    /// <param name="missing">The node.</param>
    /// <param name="offset">The byte of the disk at which it was met, for the error, or null.</param>
    /// <exception cref="BlockCorruptedException">The node is damaged: its part of the disk cannot be read.</exception>
    public void Load(IVolumeView view, MissingNode missing, long? offset = null)
    {
        try
        {
            reader.Load(missing);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            // Since its name was met the node may have been replaced and its bytes given back: the caller looks again and finds its successor.
            if (missing.Id != t_died && store.HasDied(missing.Id))
            {
                t_died = missing.Id;
                return;
            }

            throw Unreadable(view, offset, view.BlockSize.Bytes, "A map node cannot be read", e);
        }
    }

    private void ClearOnce(DiskVolume volume, long offset, long length, bool exact)
    {
        int log2 = volume.BlockSize.Log2;
        long first = (offset + volume.BlockSize.Bytes - 1) >> log2;
        long end = offset + length;
        if (exact && (offset & (volume.BlockSize.Bytes - 1)) != 0)
        {
            long to = Math.Min(end, first << log2);
            Overwrite(volume, offset, (int)(to - offset), default);
        }

        long cleared = ClearBlocks(volume, first, end) << log2;
        if (exact && cleared < end)
        {
            Overwrite(volume, cleared, (int)(end - cleared), default);
        }
    }

    // Turns the whole blocks from the first to the end into holes: one record whatever their number. A tail of the disk counts as whole, and only the
    // gate says where the disk ends. Returns the block behind them.
    private long ClearBlocks(DiskVolume volume, long first, long end)
    {
        long last;
        while (true)
        {
            MissingNode missing;
            using (_gate.EnterAfterOthers())
            {
                ThrowIfGone(volume);
                last = end == volume.Size ? DiskVolume.BlocksOf(end, volume.BlockSize) : end >> volume.BlockSize.Log2;
                if (last <= first)
                {
                    return first;
                }

                if (map.TryPrepareClear(volume.Head, first, last - first, out missing))
                {
                    store.HoldRoomToDiscard(map.Cache.VolatileCount);
                    store.Log.AppendHole(volume.Number, first, last - first);
                    map.Clear(volume.Head, first, last - first);
                    break;
                }
            }

            Load(volume, missing);
        }

        AfterAppend();
        return last;
    }

    private static BlockCorruptedException Unreadable(IVolumeView view, long? offset, int bytes, string what, Exception cause)
    {
        string reason = cause switch
        {
            BlockCorruptedException corrupted => corrupted.What,
            PoolCorruptedException corrupted => $"{corrupted.Structure}: {corrupted.Detail}",
            _ => cause.Message,
        };
        var found = cause as BlockCorruptedException;
        long? blockStart = offset is { } at ? at & -view.BlockSize.Bytes : null;
        int? length = offset is null ? null : bytes;
        return new BlockCorruptedException($"{what}: {reason}", view.Name, blockStart, length, found?.Expected, found?.Actual, cause);
    }

    private void ThrowIfGone(DiskVolume volume)
    {
        store.ThrowIfClosed();
        volume.ThrowIfReleased();
    }
}
