using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Items;
using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

/// <summary>
/// The bytes of everything that has a place in the catalog: disks, snapshots, and the other items, which operations carry in the same
/// form. FORMAT.md lists the fields.
/// </summary>
internal static class ItemCodec
{
    private const long NotCounted = -1;

    /// <summary>Encodes a chain, a snapshot's state or an item's state as the catalog keeps it.</summary>
    public static (ItemKind Kind, byte[] Payload) Encode(object owner)
    {
        var writer = new FieldWriter();
        switch (owner)
        {
            case ChainState chain:
                WriteDisk(writer, chain);
                return (ItemKind.Disk, writer.Written.ToArray());
            case SnapshotState snapshot:
                writer.Int64(snapshot.Order);
                SnapshotCodec.WriteFacts(writer, snapshot.Facts);
                WriteRoot(writer, snapshot.Root);
                writer.Int64(snapshot.Blocks ?? NotCounted).Byte(snapshot.IsStraight ? (byte)1 : (byte)0);
                return (snapshot.Place == SnapshotPlace.Undo ? ItemKind.UndoPoint : ItemKind.Snapshot, writer.Written.ToArray());
            case ItemState item:
                WriteItem(writer, item.Value);
                return (item.Value.Kind, writer.Written.ToArray());
            default:
                throw new ArgumentOutOfRangeException(nameof(owner));
        }
    }

    /// <summary>Everything changeable that an owner's bytes are made from: as long as it is the same, so are the bytes.</summary>
    public static ItemStamp StampOf(object owner) => owner switch
    {
        ChainState { Volume: var disk } chain =>
            new ItemStamp(null, disk.Root, disk.Head.BlockCount ?? NotCounted, disk.Size, disk.IsReleased, chain.IsStraight),
        SnapshotState { Place: var place } snapshot =>
            new ItemStamp(snapshot.Facts, snapshot.Root, snapshot.Blocks ?? NotCounted, 0, place == SnapshotPlace.Undo, snapshot.IsStraight),
        ItemState item => new ItemStamp(item.Value, default, 0, 0, false, false),
        _ => throw new ArgumentOutOfRangeException(nameof(owner)),
    };

    /// <summary>The opposite of <see cref="Encode"/>.</summary>
    public static object Decode(ItemKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new FieldReader(payload, "catalog");
        return kind switch
        {
            ItemKind.Disk => ReadDisk(ref reader),
            ItemKind.Snapshot => ReadSnapshot(ref reader, isUndo: false),
            ItemKind.UndoPoint => ReadSnapshot(ref reader, isUndo: true),
            _ => new ItemState(ReadItem(kind, ref reader)),
        };
    }

    /// <summary>Writes the fields of an item that operations put.</summary>
    public static void WriteItem(FieldWriter writer, ICatalogItem item)
    {
        switch (item)
        {
            case SnapshotGroup group:
                writer.Guid(group.Id).Text(group.Name).Int64(group.Created.UtcTicks).Text(group.Description).Byte((byte)group.Consistency)
                    .Text(group.ClientToken).UInt64(group.ClientTokenHash).UInt32((uint)group.Members.Count);
                foreach (SnapshotGroupMember member in group.Members)
                {
                    writer.Guid(member.SnapshotId.Value).Guid(member.DiskId.Value);
                }

                break;
            case PoolImage image:
                writer.Guid(image.Id).Text(image.Name).Int64(image.Created.UtcTicks).Text(image.Description).Guid(image.SystemSnapshot.Value)
                    .UInt32((uint)image.DataSnapshots.Count);
                foreach (SnapshotId id in image.DataSnapshots)
                {
                    writer.Guid(id.Value);
                }

                break;
            case PoolStateItem state:
                writer.Text(state.SuspendReason);
                break;
            case QuotaItem { Quota: var quota }:
                writer.UInt32((uint)(quota.Maximum ?? 0)).UInt32((uint)(quota.ManualMaximum ?? 0)).UInt32((uint)(quota.AutomaticMaximum ?? 0));
                break;
            case ClockItem clock:
                writer.Int64(clock.Elapsed.Ticks).Int64(clock.Wall.UtcTicks).Int64(clock.Uptime.Ticks).Int64(clock.Calendar.UtcTicks)
                    .Guid(clock.MachineStart);
                break;
            case SnapshotPolicy policy:
                PolicyCodec.WritePolicy(writer, policy);
                break;
            case DiskPolicyItem disk:
                PolicyCodec.WriteDisk(writer, disk);
                break;
            case PoolEvent each:
                EventCodec.Write(writer, each);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(item));
        }
    }

    /// <summary>The opposite of <see cref="WriteItem"/>.</summary>
    public static ICatalogItem ReadItem(ItemKind kind, ref FieldReader reader) => kind switch
    {
        ItemKind.Group => ReadGroup(ref reader),
        ItemKind.Image => ReadImage(ref reader),
        ItemKind.PoolState => new PoolStateItem(reader.Text() ?? ""),
        ItemKind.Quota => new QuotaItem(new SnapshotQuota(ReadLimit(ref reader), ReadLimit(ref reader), ReadLimit(ref reader))),
        ItemKind.Clock => ReadClock(ref reader),
        ItemKind.Policy => PolicyCodec.ReadPolicy(ref reader),
        ItemKind.DiskPolicy => PolicyCodec.ReadDisk(ref reader),
        ItemKind.Event => EventCodec.Read(ref reader),
        _ => throw reader.Damaged($"item {(byte)kind} is unknown to this version"),
    };

    /// <summary>Writes a root as three fields; also the form in which a checkpoint publishes the catalog's own.</summary>
    public static void WriteRoot(FieldWriter writer, MapRoot root) =>
        writer.UInt64(root.Entry.Value).UInt64(root.Entry.Checksum).Byte((byte)root.Height);

    /// <summary>The opposite of <see cref="WriteRoot"/>.</summary>
    public static MapRoot ReadRoot(ref FieldReader reader)
    {
        var entry = new NodeEntry(reader.UInt64(), reader.UInt64());
        byte height = reader.Byte();
        bool isSound = height is >= 1 and <= 8 && (entry.IsNone || (entry.Id.IsValid && entry.Id.IsNode));
        return isSound ? new MapRoot(entry, height) : throw reader.Damaged("a map's root is nonsense");
    }

    public static BlockSize ReadBlockSize(ref FieldReader reader)
    {
        byte log2 = reader.Byte();
        return log2 is >= 9 and <= 20 ? new BlockSize(1 << log2) : throw reader.Damaged($"2^{log2} is no block size");
    }

    private static ClockItem ReadClock(ref FieldReader reader)
    {
        TimeSpan elapsed = ReadSpan(ref reader);
        DateTimeOffset wall = SnapshotCodec.ReadTime(ref reader);
        TimeSpan uptime = ReadSpan(ref reader);
        DateTimeOffset calendar = SnapshotCodec.ReadTime(ref reader);
        return new ClockItem(elapsed, wall, uptime, calendar, reader.Guid());
    }

    // So far from the greatest span that the pool's time can go on from it.
    private static TimeSpan ReadSpan(ref FieldReader reader) => reader.Int64() is var ticks and >= 0 and <= long.MaxValue / 8 * 7
        ? new TimeSpan(ticks)
        : throw reader.Damaged("a time that passed is nonsense");

    private static int? ReadLimit(ref FieldReader reader) => reader.UInt32() switch
    {
        0 => null,
        <= int.MaxValue and uint limit => (int)limit,
        _ => throw reader.Damaged("a quota is nonsense"),
    };

    private static void WriteDisk(FieldWriter writer, ChainState chain)
    {
        DiskVolume disk = chain.Volume;
        writer.UInt32(disk.Number).Guid(disk.Id.Value).Text(disk.Name).Int64(disk.Size)
            .Byte((byte)disk.BlockSize.Log2).Byte(disk.IsReleased ? (byte)1 : (byte)0)
            .UInt32(chain.Family).Guid(chain.Origin?.Value ?? Guid.Empty);
        WriteRoot(writer, disk.Root);
        writer.Int64(disk.Head.BlockCount ?? NotCounted).Byte(chain.IsStraight ? (byte)1 : (byte)0);
    }

    private static ChainState ReadDisk(ref FieldReader reader)
    {
        uint number = reader.UInt32();
        var id = new DiskId(reader.Guid());
        string name = reader.Text() ?? throw reader.Damaged("a disk has no name");
        long size = reader.Size();
        BlockSize blockSize = ReadBlockSize(ref reader);
        bool released = reader.Byte() != 0;
        uint family = reader.UInt32();
        Guid origin = reader.Guid();
        MapRoot root = ReadRoot(ref reader);
        long? blocks = ReadBlockCount(ref reader);
        var volume = new DiskVolume(number, id, name, size, blockSize, root) { IsReleased = released };
        volume.Head.MoveTo(root, blocks);
        return new ChainState(volume, family)
        {
            Origin = origin == Guid.Empty ? null : new SnapshotId(origin),
            IsStraight = reader.Byte() != 0,
        };
    }

    private static SnapshotState ReadSnapshot(ref FieldReader reader, bool isUndo)
    {
        long order = reader.Int64();
        Snapshot facts = SnapshotCodec.ReadFacts(ref reader);
        return new SnapshotState(facts, ReadRoot(ref reader), order)
        {
            Blocks = ReadBlockCount(ref reader),
            IsStraight = reader.Byte() != 0,
            Place = isUndo ? SnapshotPlace.Undo : facts.PurgeAfter is null ? SnapshotPlace.Listed : SnapshotPlace.Trash,
        };
    }

    private static long? ReadBlockCount(ref FieldReader reader)
    {
        long blocks = reader.Int64();
        return blocks == NotCounted ? null
            : blocks is >= 0 and <= FieldReader.DiskSizeMax ? blocks
            : throw reader.Damaged($"no map has {blocks} blocks");
    }

    private static SnapshotGroup ReadGroup(ref FieldReader reader)
    {
        Guid id = reader.Guid();
        string name = reader.Text() ?? throw reader.Damaged("a group has no name");
        DateTimeOffset created = SnapshotCodec.ReadTime(ref reader);
        string? description = reader.Text();
        var consistency = (SnapshotConsistency)reader.Byte();
        string? token = reader.Text();
        ulong tokenHash = reader.UInt64();
        var members = new SnapshotGroupMember[reader.Count(leastBytes: 32)];
        for (int i = 0; i < members.Length; i++)
        {
            var snapshot = new SnapshotId(reader.Guid());
            members[i] = new SnapshotGroupMember(new DiskId(reader.Guid()), snapshot);
        }

        return new SnapshotGroup
        {
            Id = id,
            Name = name,
            Created = created,
            Description = description,
            Consistency = consistency,
            ClientToken = token,
            ClientTokenHash = tokenHash,
            Members = members,
        };
    }

    private static PoolImage ReadImage(ref FieldReader reader)
    {
        Guid id = reader.Guid();
        string name = reader.Text() ?? throw reader.Damaged("an image has no name");
        DateTimeOffset created = SnapshotCodec.ReadTime(ref reader);
        string? description = reader.Text();
        var system = new SnapshotId(reader.Guid());
        var data = new SnapshotId[reader.Count(leastBytes: 16)];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = new SnapshotId(reader.Guid());
        }

        return new PoolImage
        {
            Id = id,
            Name = name,
            Created = created,
            Description = description,
            SystemSnapshot = system,
            DataSnapshots = data,
        };
    }
}
