using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Pools;

/// <content>Replay: recovery does the records of the log again, in their order, by the methods that did the work at first.</content>
internal sealed partial class PoolCore
{
    void ILogReplay.Replay(in LogRecord record, BlockId id)
    {
        if (record.Disk == CatalogPages.DiskNumber)
        {
            return; // pages of a checkpoint that never became valid
        }

        ChainState chain = Catalog.Find(record.Disk)
            ?? throw new PoolCorruptedException("log", $"a record names disk {record.Disk}, which does not exist");
        ThrowIfNonsense(chain.Volume, record, id);
        Engine.Replay(chain.Volume, record, id);
    }

    void ILogReplay.ReplayOperation(ReadOnlySpan<byte> payload)
    {
        PoolOperation operation = OperationCodec.Decode(payload);
        using (Gate.Enter())
        {
            Prepare(operation);
            Catalog.Apply(operation);
        }
    }

    private static void ThrowIfNonsense(DiskVolume volume, in LogRecord record, BlockId id)
    {
        long blocks = DiskVolume.BlocksOf(IDisk.SizeMax, volume.BlockSize);
        bool sound = record.Kind == RecordKind.Hole
            ? record.Index >= 0 && record.Count >= 0 && record.Index <= blocks && record.Count <= blocks
            : record.Index >= 0 && record.Index < blocks && id.SizeClass == BlockId.ClassOf(volume.BlockSize) && id.IsValid;
        if (!sound)
        {
            throw new PoolCorruptedException("log", $"its checksum is right, but a record of disk {volume.Number} is nonsense: {record}");
        }
    }

    // Shrinking clears what lies beyond, and may change the block inside which the disk ends: for both the nodes at the edges must be in memory.
    // Gate held: it is rare, so loading them under it does no harm.
    private void Prepare(PoolOperation operation)
    {
        if (operation is PoolOperation.ResizeDisk resize && Catalog.Find(resize.Number)?.Volume is { } volume && resize.Size < volume.Size)
        {
            long first = resize.Size >> volume.BlockSize.Log2;
            while (!Map.TryPrepareClear(volume.Head, first, DiskVolume.BlocksOf(volume.Size, volume.BlockSize) - first, out MissingNode missing))
            {
                Engine.Reader.Load(missing);
            }
        }
    }
}
