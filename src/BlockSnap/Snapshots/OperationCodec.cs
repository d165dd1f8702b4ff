using BlockSnap.Format;

namespace BlockSnap.Snapshots;

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
    }

    public static byte[] Encode(PoolOperation operation)
    {
        var writer = new FieldWriter();
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
                WriteFacts(writer, o.Facts);
                break;
            case PoolOperation.DeleteSnapshots o:
                writer.Byte((byte)Kind.DeleteSnapshots).UInt32(o.Number).UInt32((uint)o.Ids.Count);
                foreach (SnapshotId id in o.Ids)
                {
                    writer.Guid(id.Value);
                }

                break;
            case PoolOperation.Rollback o:
                writer.Byte((byte)Kind.Rollback).UInt32(o.Number).Guid(o.Target.Value);
                WriteFacts(writer, o.Undo);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }

        return writer.Written.ToArray();
    }

    public static PoolOperation Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes, Structure);
        var kind = (Kind)reader.Byte();
        uint number = reader.UInt32();
        switch (kind)
        {
            case Kind.CreateDisk:
                var id = new DiskId(reader.Guid());
                string name = reader.Text() ?? throw reader.Damaged("a disk has no name");
                long size = reader.Int64();
                BlockSize blockSize = ReadBlockSize(ref reader);
                uint originDisk = reader.UInt32();
                Guid origin = reader.Guid();
                return new PoolOperation.CreateDisk(number, id, name, size, blockSize, originDisk, origin == Guid.Empty ? null : new SnapshotId(origin));
            case Kind.DeleteDisk:
                return new PoolOperation.DeleteDisk(number);
            case Kind.ResizeDisk:
                return new PoolOperation.ResizeDisk(number, reader.Int64());
            case Kind.CreateSnapshot:
                return new PoolOperation.CreateSnapshot(number, ReadFacts(ref reader));
            case Kind.DeleteSnapshots:
                var ids = new SnapshotId[reader.Count(leastBytes: 16)];
                for (int i = 0; i < ids.Length; i++)
                {
                    ids[i] = new SnapshotId(reader.Guid());
                }

                return new PoolOperation.DeleteSnapshots(number, ids);
            case Kind.Rollback:
                var target = new SnapshotId(reader.Guid());
                return new PoolOperation.Rollback(number, target, ReadFacts(ref reader));
            default:
                throw reader.Damaged($"operation {(byte)kind} is unknown to this version");
        }
    }

    /// <summary>Writes a snapshot's facts, for operations and for the catalog.</summary>
    public static void WriteFacts(FieldWriter writer, Snapshot facts)
    {
        writer.Guid(facts.Id.Value).Guid(facts.DiskId.Value).Text(facts.Name).Byte((byte)facts.Kind).Int64(facts.Created.UtcTicks).Int64(facts.Size)
            .Text(facts.Description).Int64(facts.Expires?.UtcTicks ?? 0).UInt32((uint)facts.Tags.Count);
        foreach ((string key, string value) in facts.Tags)
        {
            writer.Text(key).Text(value);
        }
    }

    public static Snapshot ReadFacts(ref FieldReader reader)
    {
        var id = new SnapshotId(reader.Guid());
        var diskId = new DiskId(reader.Guid());
        string name = reader.Text() ?? throw reader.Damaged("a snapshot has no name");
        var kind = (SnapshotKind)reader.Byte();
        DateTimeOffset created = ReadTime(reader.Int64(), ref reader);
        long size = reader.Int64();
        string? description = reader.Text();
        long expires = reader.Int64();
        var tags = new Dictionary<string, string>();
        for (int left = reader.Count(leastBytes: 4); left > 0; left--)
        {
            tags[reader.Text() ?? ""] = reader.Text() ?? "";
        }

        return new Snapshot
        {
            Id = id,
            DiskId = diskId,
            Name = name,
            Kind = kind,
            Created = created,
            Size = size,
            Description = description,
            Expires = expires == 0 ? null : ReadTime(expires, ref reader),
            Tags = tags,
        };
    }

    public static BlockSize ReadBlockSize(ref FieldReader reader)
    {
        byte log2 = reader.Byte();
        return log2 is >= 9 and <= 20 ? new BlockSize(1 << log2) : throw reader.Damaged($"2^{log2} is no block size");
    }

    private static DateTimeOffset ReadTime(long ticks, ref FieldReader reader) =>
        ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw reader.Damaged($"{ticks} is no time");
}
