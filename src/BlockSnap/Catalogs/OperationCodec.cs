using BlockSnap.Format;
using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>The bytes of operations in the log. FORMAT.md lists the fields.</summary>
internal static class OperationCodec
{
    private const string Structure = "log operation";

    private enum Kind : byte
    {
        CreateDisk = 1,
        DeleteDisk = 2,
        ResizeDisk = 3,
        CreateSnapshot = 4,
        DeleteSnapshots = 5,
        Rollback = 6,
        ReinitializeDisk = 7,
        MarkSnapshot = 8,
        UndeleteSnapshot = 9,
        CreateGroup = 10,
        PutItem = 11,
        RemoveItem = 12,
        Several = 13,
    }

    public static byte[] Encode(PoolOperation operation)
    {
        var writer = new FieldWriter();
        Write(writer, operation);
        return writer.Written.ToArray();
    }

    public static PoolOperation Decode(ReadOnlySpan<byte> bytes) => Decode(bytes, isPart: false);

    private static void Write(FieldWriter writer, PoolOperation operation)
    {
        switch (operation)
        {
            case PoolOperation.CreateDisk o:
                writer.Byte((byte)Kind.CreateDisk).UInt32(o.Number).Guid(o.Id.Value).Text(o.Name).Int64(o.Size).Byte((byte)o.BlockSize.Log2)
                    .UInt32(o.OriginDisk).Guid(o.Origin?.Value ?? Guid.Empty);
                break;
            case PoolOperation.DeleteDisk o:
                writer.Byte((byte)Kind.DeleteDisk).UInt32(o.Number);
                break;
            case PoolOperation.ResizeDisk o:
                writer.Byte((byte)Kind.ResizeDisk).UInt32(o.Number).Int64(o.Size);
                break;
            case PoolOperation.CreateSnapshot o:
                writer.Byte((byte)Kind.CreateSnapshot).UInt32(o.Number);
                SnapshotCodec.WriteFacts(writer, o.Facts);
                break;
            case PoolOperation.DeleteSnapshots o:
                writer.Byte((byte)Kind.DeleteSnapshots).UInt32(o.Number).Int64(o.PurgeAfter?.UtcTicks ?? 0).UInt32((uint)o.Ids.Count);
                foreach (SnapshotId id in o.Ids)
                {
                    writer.Guid(id.Value);
                }

                break;
            case PoolOperation.Rollback o:
                writer.Byte((byte)Kind.Rollback).UInt32(o.Number).Guid(o.Target.Value);
                SnapshotCodec.WriteFacts(writer, o.Undo);
                break;
            case PoolOperation.ReinitializeDisk o:
                writer.Byte((byte)Kind.ReinitializeDisk).UInt32(o.Number).UInt32(o.OriginDisk).Int64(o.Size);
                SnapshotCodec.WriteFacts(writer, o.Undo);
                break;
            case PoolOperation.MarkSnapshot o:
                writer.Byte((byte)Kind.MarkSnapshot).UInt32(o.Number).Guid(o.Id.Value);
                SnapshotCodec.WriteMarks(writer, o.Marks);
                break;
            case PoolOperation.UndeleteSnapshot o:
                writer.Byte((byte)Kind.UndeleteSnapshot).UInt32(o.Number).Guid(o.Id.Value);
                break;
            case PoolOperation.CreateGroup o:
                WriteGroup(writer, o);
                break;
            case PoolOperation.PutItem o:
                writer.Byte((byte)Kind.PutItem).Byte((byte)o.Item.Kind);
                ItemCodec.WriteItem(writer, o.Item);
                break;
            case PoolOperation.RemoveItem o:
                writer.Byte((byte)Kind.RemoveItem).Byte((byte)o.Kind).Guid(o.Id);
                break;
            case PoolOperation.Several o:
                writer.Byte((byte)Kind.Several).UInt32((uint)o.Parts.Count);
                foreach (PoolOperation part in o.Parts)
                {
                    writer.Block(Encode(part));
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }

    private static PoolOperation Decode(ReadOnlySpan<byte> bytes, bool isPart)
    {
        var reader = new FieldReader(bytes, Structure);
        var kind = (Kind)reader.Byte();
        switch (kind)
        {
            case Kind.CreateDisk:
                return ReadCreateDisk(ref reader);
            case Kind.DeleteDisk:
                return new PoolOperation.DeleteDisk(reader.UInt32());
            case Kind.ResizeDisk:
                return new PoolOperation.ResizeDisk(reader.UInt32(), reader.Size());
            case Kind.CreateSnapshot:
                return new PoolOperation.CreateSnapshot(reader.UInt32(), SnapshotCodec.ReadFacts(ref reader));
            case Kind.DeleteSnapshots:
                return ReadDeleteSnapshots(ref reader);
            case Kind.Rollback:
                return new PoolOperation.Rollback(reader.UInt32(), new SnapshotId(reader.Guid()), SnapshotCodec.ReadFacts(ref reader));
            case Kind.ReinitializeDisk:
                return new PoolOperation.ReinitializeDisk(reader.UInt32(), reader.UInt32(), reader.Size(), SnapshotCodec.ReadFacts(ref reader));
            case Kind.MarkSnapshot:
                return new PoolOperation.MarkSnapshot(reader.UInt32(), new SnapshotId(reader.Guid()), SnapshotCodec.ReadMarks(ref reader));
            case Kind.UndeleteSnapshot:
                return new PoolOperation.UndeleteSnapshot(reader.UInt32(), new SnapshotId(reader.Guid()));
            case Kind.CreateGroup:
                return ReadGroup(ref reader);
            case Kind.PutItem:
                return new PoolOperation.PutItem(ItemCodec.ReadItem((ItemKind)reader.Byte(), ref reader));
            case Kind.RemoveItem:
                return new PoolOperation.RemoveItem((ItemKind)reader.Byte(), reader.Guid());
            case Kind.Several when !isPart:
                return ReadSeveral(ref reader);
            default:
                throw reader.Damaged($"operation {(byte)kind} is unknown to this version");
        }
    }

    private static PoolOperation.CreateDisk ReadCreateDisk(ref FieldReader reader)
    {
        uint number = reader.UInt32();
        var id = new DiskId(reader.Guid());
        string name = reader.Text() ?? throw reader.Damaged("a disk has no name");
        long size = reader.Size();
        BlockSize blockSize = ItemCodec.ReadBlockSize(ref reader);
        uint originDisk = reader.UInt32();
        Guid origin = reader.Guid();
        return new PoolOperation.CreateDisk(number, id, name, size, blockSize, originDisk, origin == Guid.Empty ? null : new SnapshotId(origin));
    }

    private static PoolOperation.DeleteSnapshots ReadDeleteSnapshots(ref FieldReader reader)
    {
        uint number = reader.UInt32();
        DateTimeOffset purgeAfter = SnapshotCodec.ReadTime(ref reader);
        var ids = new SnapshotId[reader.Count(leastBytes: 16)];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = new SnapshotId(reader.Guid());
        }

        return new PoolOperation.DeleteSnapshots(number, purgeAfter.Ticks == 0 ? null : purgeAfter, ids);
    }

    private static void WriteGroup(FieldWriter writer, PoolOperation.CreateGroup o)
    {
        writer.Byte((byte)Kind.CreateGroup);
        SnapshotCodec.WriteFacts(writer, o.Common);
        writer.UInt32((uint)o.Disks.Count);
        foreach (PoolOperation.GroupDisk disk in o.Disks)
        {
            writer.UInt32(disk.Number).Int64(disk.Size);
        }

        ItemCodec.WriteItem(writer, o.Group);
    }

    private static PoolOperation.CreateGroup ReadGroup(ref FieldReader reader)
    {
        Snapshot common = SnapshotCodec.ReadFacts(ref reader);
        var disks = new PoolOperation.GroupDisk[reader.Count(leastBytes: 12)];
        for (int i = 0; i < disks.Length; i++)
        {
            disks[i] = new PoolOperation.GroupDisk(reader.UInt32(), reader.Size());
        }

        var group = (SnapshotGroup)ItemCodec.ReadItem(ItemKind.Group, ref reader);
        return group.Members.Count == disks.Length
            ? new PoolOperation.CreateGroup(group, common, disks)
            : throw reader.Damaged($"a group of {group.Members.Count} has {disks.Length} disks");
    }

    // Parts have no parts of their own: a hostile record nests no deeper.
    private static PoolOperation.Several ReadSeveral(ref FieldReader reader)
    {
        var parts = new PoolOperation[reader.Count(leastBytes: 5)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Decode(reader.Block(), isPart: true);
        }

        return new PoolOperation.Several(parts);
    }
}
