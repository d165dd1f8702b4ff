using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BlockSnap.Catalogs;
using BlockSnap.Items;

namespace BlockSnap.Tests.Format;

/// <summary>
/// Writes the fields that FORMAT.md lists for operations and catalog items, in its order and sizes: a second encoder, made from the document
/// alone.
/// </summary>
internal sealed class FieldListWriter(FormatDocument document)
{
    private static readonly SnapshotId s_target = new(new Guid(Pattern.Bytes(16, seed: 13)));

    private static readonly Guid s_group = new(Pattern.Bytes(16, seed: 14));

    private static readonly Guid s_policy = new(Pattern.Bytes(16, seed: 16));

    private static readonly Snapshot s_facts = new()
    {
        Id = new SnapshotId(new Guid(Pattern.Bytes(16, seed: 12))),
        DiskId = new DiskId(new Guid(Pattern.Bytes(16, seed: 11))),
        Name = "Montag-früh",
        Kind = SnapshotKind.Imported,
        Created = new DateTimeOffset(0x0102_0304_0506_0708, TimeSpan.Zero),
        Size = 0x1112_1314_1516_1718,
        Description = null,
        Tags = new Dictionary<string, string> { ["stufe"] = "zwei", ["leer"] = "" },
        Consistency = SnapshotConsistency.Application,
        GroupId = s_group,
        ClientToken = "Marke",
        ClientTokenHash = 0x7172_7374_7576_7778,
        Status = SnapshotStatus.Failed,
        Expires = new DateTimeOffset(0x0203_0405_0607_0809, TimeSpan.Zero),
        PurgeAfter = new DateTimeOffset(0x0204_0405_0607_0809, TimeSpan.Zero),
        Lock = new SnapshotLock(new DateTimeOffset(0x0205_0405_0607_0809, TimeSpan.Zero), new DateTimeOffset(0x0206_0405_0607_0809, TimeSpan.Zero))
        {
            UntilElapsed = new TimeSpan(0x3132_3334_3536_3738),
            CoolOffElapsed = new TimeSpan(0x4142_4344_4546_4748),
        },
        Holds = ["Prüfung", "Sicherung"],
    };

    private static readonly PoolImage s_image = new()
    {
        Id = new Guid(Pattern.Bytes(16, seed: 15)),
        Name = "Abbild",
        Created = s_facts.Created,
        Description = null,
        SystemSnapshot = s_target,
        DataSnapshots = [s_facts.Id, s_target],
    };

    public static IReadOnlyList<string> Names { get; } =
    [
        "operation-create-disk", "operation-delete-disk", "operation-resize-disk", "operation-create-snapshot", "operation-delete-snapshots",
        "operation-rollback", "operation-reinitialize-disk", "operation-mark-snapshot", "operation-undelete-snapshot", "operation-create-group",
        "operation-put-item", "operation-remove-item", "operation-several",
        "facts", "marks", "map-root", "superblock-root",
        "item-disk", "item-snapshot", "item-group", "item-image", "item-pool-state", "item-clock", "item-policy", "item-disk-policy",
        "item-event", "item-quota",
    ];

    /// <summary>The lists of operations.</summary>
    public static TheoryData<string> Operations => [.. Names.Where(name => name.StartsWith("operation-", StringComparison.Ordinal))];

    /// <summary>The lists of items that operations put.</summary>
    public static TheoryData<string> Items =>
    [
        "item-group", "item-image", "item-pool-state", "item-clock", "item-policy", "item-disk-policy", "item-event", "item-quota",
    ];

    /// <summary>The values that <see cref="Operation"/> and <see cref="Item"/> are made of.</summary>
    public static IReadOnlyDictionary<string, object?> Values { get; } = new Dictionary<string, object?>
    {
        ["disk"] = 0x2122_2324L,
        ["disk id"] = s_facts.DiskId.Value,
        ["disk name"] = "Platte ä",
        ["size"] = s_facts.Size,
        ["block size"] = 13L,
        ["origin disk"] = 0x3132_3334L,
        ["origin snapshot"] = s_target.Value,
        ["target snapshot"] = s_target.Value,
        ["snapshot count"] = 2L,
        ["snapshot ids"] = (byte[])[.. s_facts.Id.Value.ToByteArray(), .. s_target.Value.ToByteArray()],
        ["snapshot id"] = s_facts.Id.Value,
        ["snapshot name"] = s_facts.Name,
        ["snapshot kind"] = 3L,
        ["created"] = s_facts.Created.UtcTicks,
        ["description"] = null,
        ["tag count"] = 2L,
        ["tags"] = (string[])["stufe", "zwei", "leer", ""],
        ["consistency"] = 2L,
        ["group id"] = s_group,
        ["client token"] = s_facts.ClientToken,
        ["token checksum"] = (long)s_facts.ClientTokenHash,
        ["status"] = 2L,
        ["expires"] = s_facts.Expires!.Value.UtcTicks,
        ["purge after"] = s_facts.PurgeAfter!.Value.UtcTicks,
        ["locked until"] = s_facts.Lock!.Until.UtcTicks,
        ["cool-off until"] = s_facts.Lock.CoolOffUntil.UtcTicks,
        ["locked until, pool time"] = s_facts.Lock.UntilElapsed.Ticks,
        ["cool-off until, pool time"] = s_facts.Lock.CoolOffElapsed.Ticks,
        ["hold count"] = 2L,
        ["holds"] = (string[])["Prüfung", "Sicherung"],
        ["group name"] = "Gruppe",
        ["member count"] = 1L,
        ["members"] = (byte[])[.. s_facts.Id.Value.ToByteArray(), .. s_facts.DiskId.Value.ToByteArray()],
        ["member disks"] = (byte[])[0x24, 0x23, 0x22, 0x21, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11],
        ["image id"] = s_image.Id,
        ["image name"] = s_image.Name,
        ["system snapshot"] = s_target.Value,
        ["suspend reason"] = "Umzug",
        ["quota"] = 65L,
        ["manual quota"] = 66L,
        ["automatic quota"] = 67L,
        ["elapsed"] = 0x5152_5354_5556_5758L,
        ["wall"] = s_facts.Created.UtcTicks,
        ["uptime"] = 0x6162_6364_6566_6768L,
        ["calendar"] = s_facts.Created.AddDays(1).UtcTicks,
        ["machine start"] = s_policy,
        ["policy id"] = s_policy,
        ["policy name"] = "Täglich",
        ["rescheduled"] = s_facts.Expires.Value.UtcTicks,
        ["hours"] = 0x80_0005L,
        ["weekdays"] = 0x41L,
        ["time zone"] = "Europe/Berlin",
        ["retention days"] = 0x1_0000L,
        ["policy flags"] = 3L,
        ["disk flags"] = 3L,
        ["handled"] = s_facts.Expires.Value.UtcTicks,
        ["day"] = 20_261_121L,
        ["ordinal"] = 7L,
        ["highest ordinal"] = 9L,
        ["sequence"] = 0x0102_0304_0506_0708L,
        ["event kind"] = 9L,
        ["result"] = 2L,
        ["start"] = s_facts.Created.UtcTicks,
        ["end"] = s_facts.Expires.Value.UtcTicks,
        ["detail"] = "kein Platz",
        ["item kind"] = 5L,
        ["item"] = ItemPayload(s_image),
        ["item id"] = s_image.Id,
        ["part count"] = 2L,
        ["parts"] = (byte[])
        [
            5, 0, 0, 0, 2, 0x24, 0x23, 0x22, 0x21,
            13, 0, 0, 0, 3, 0x24, 0x23, 0x22, 0x21, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
        ],
    };

    public static PoolOperation Operation(string name) => name switch
    {
        "operation-create-disk" => new PoolOperation.CreateDisk(
            0x2122_2324, s_facts.DiskId, "Platte ä", s_facts.Size, new BlockSize(8192), 0x3132_3334, s_target),
        "operation-delete-disk" => new PoolOperation.DeleteDisk(0x2122_2324),
        "operation-resize-disk" => new PoolOperation.ResizeDisk(0x2122_2324, s_facts.Size),
        "operation-create-snapshot" => new PoolOperation.CreateSnapshot(0x2122_2324, s_facts),
        "operation-delete-snapshots" => new PoolOperation.DeleteSnapshots(0x2122_2324, s_facts.PurgeAfter, [s_facts.Id, s_target]),
        "operation-rollback" => new PoolOperation.Rollback(0x2122_2324, s_target, s_facts),
        "operation-reinitialize-disk" => new PoolOperation.ReinitializeDisk(0x2122_2324, 0x3132_3334, s_facts.Size, s_facts),
        "operation-mark-snapshot" => new PoolOperation.MarkSnapshot(0x2122_2324, s_facts.Id, s_facts),
        "operation-undelete-snapshot" => new PoolOperation.UndeleteSnapshot(0x2122_2324, s_facts.Id),
        "operation-create-group" => new PoolOperation.CreateGroup(
            (SnapshotGroup)Item("item-group"), s_facts, [new PoolOperation.GroupDisk(0x2122_2324, s_facts.Size)]),
        "operation-put-item" => new PoolOperation.PutItem(s_image),
        "operation-remove-item" => new PoolOperation.RemoveItem(ItemKind.Image, s_image.Id),
        "operation-several" => new PoolOperation.Several([Operation("operation-delete-disk"), Operation("operation-resize-disk")]),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown operation."),
    };

    public static ICatalogItem Item(string name) => name switch
    {
        "item-group" => new SnapshotGroup
        {
            Id = s_group,
            Name = "Gruppe",
            Created = s_facts.Created,
            Description = null,
            Consistency = SnapshotConsistency.Application,
            ClientToken = s_facts.ClientToken,
            ClientTokenHash = s_facts.ClientTokenHash,
            Members = [new SnapshotGroupMember(s_facts.DiskId, s_facts.Id)],
        },
        "item-image" => s_image,
        "item-pool-state" => new PoolStateItem("Umzug"),
        "item-quota" => new QuotaItem(new SnapshotQuota(65, 66, 67)),
        "item-clock" => new ClockItem(
            new TimeSpan(0x5152_5354_5556_5758), s_facts.Created, new TimeSpan(0x6162_6364_6566_6768), s_facts.Created.AddDays(1), s_policy),
        "item-policy" => new SnapshotPolicy
        {
            Id = s_policy,
            Name = "Täglich",
            Created = s_facts.Created,
            Rescheduled = s_facts.Expires!.Value,
            Hours = [0, 2, 23],
            Weekdays = [DayOfWeek.Sunday, DayOfWeek.Saturday],
            TimeZone = "Europe/Berlin",
            RetentionDays = 65_536,
            SkipUnused = true,
            SkipUnchanged = true,
        },
        "item-disk-policy" => new DiskPolicyItem(s_facts.DiskId)
        {
            PolicyId = s_policy,
            IsPaused = true,
            DeletesSnapshots = true,
            Handled = s_facts.Expires!.Value,
            Day = 20_261_121,
            Ordinal = 7,
            OrdinalMax = 9,
        },
        "item-event" => new PoolEvent
        {
            Sequence = 0x0102_0304_0506_0708,
            Kind = PoolEventKind.PolicyRun,
            Result = PoolEventResult.Failed,
            DiskId = s_facts.DiskId,
            DiskName = "Platte ä",
            SnapshotId = s_facts.Id,
            SnapshotName = s_facts.Name,
            SnapshotKind = s_facts.Kind,
            Start = s_facts.Created,
            End = s_facts.Expires!.Value,
            Detail = "kein Platz",
        },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown item."),
    };

    public static byte[] ItemPayload(ICatalogItem item) => ItemCodec.Encode(new ItemState(item)).Payload;

    public byte[] Write(string list, IReadOnlyDictionary<string, object?> values)
    {
        var bytes = new List<byte>();
        Append(bytes, list, values);
        return [.. bytes];
    }

    private void Append(List<byte> bytes, string list, IReadOnlyDictionary<string, object?> values)
    {
        FormatDocument.FieldList fields = document.FieldLists[list];
        foreach ((string size, string field) in fields.Rows)
        {
            if (document.FieldLists.ContainsKey(size))
            {
                Append(bytes, size, values);
            }
            else
            {
                Append(bytes, size, field == "kind" ? (long)fields.Kind!.Value : values[field]);
            }
        }
    }

    private static void Append(List<byte> bytes, string size, object? value)
    {
        switch (value)
        {
            case string[] texts:
                Assert.Equal("texts", size);
                Array.ForEach(texts, text => AppendText(bytes, text));
                break;
            case string or null:
                Assert.Equal("text", size);
                AppendText(bytes, (string?)value);
                break;
            case byte[] raw:
                Assert.True(size is "item" || size.EndsWith(" each", StringComparison.Ordinal), size);
                bytes.AddRange(raw);
                break;
            case Guid id:
                Assert.Equal("16", size);
                bytes.AddRange(id.ToByteArray());
                break;
            default:
                Span<byte> number = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(number, (long)value);
                bytes.AddRange(number[..int.Parse(size, CultureInfo.InvariantCulture)]);
                break;
        }
    }

    private static void AppendText(List<byte> bytes, string? text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text ?? "");
        ushort length = text is null ? ushort.MaxValue : (ushort)utf8.Length;
        bytes.AddRange([(byte)length, (byte)(length >> 8), .. utf8]);
    }
}
