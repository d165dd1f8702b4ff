using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BlockSnap.Snapshots;

namespace BlockSnap.Tests.Format;

/// <summary>Writes the fields that FORMAT.md lists for operations and catalog items, in its order and sizes: a second encoder, made of the document alone.</summary>
internal sealed class FieldListWriter(FormatDocument document)
{
    private static readonly SnapshotId s_target = new(new Guid(Pattern.Bytes(16, seed: 13)));

    private static readonly Snapshot s_facts = new()
    {
        Id = new SnapshotId(new Guid(Pattern.Bytes(16, seed: 12))),
        DiskId = new DiskId(new Guid(Pattern.Bytes(16, seed: 11))),
        Name = "Montag-früh",
        Kind = SnapshotKind.Imported,
        Created = new DateTimeOffset(0x0102_0304_0506_0708, TimeSpan.Zero),
        Size = 0x1112_1314_1516_1718,
        Description = null,
        Expires = new DateTimeOffset(0x0203_0405_0607_0809, TimeSpan.Zero),
        Tags = new Dictionary<string, string> { ["stufe"] = "zwei", ["leer"] = "" },
    };

    public static IReadOnlyList<string> Names { get; } =
    [
        "operation-create-disk", "operation-delete-disk", "operation-resize-disk", "operation-create-snapshot", "operation-delete-snapshots", "operation-rollback",
        "facts", "map-root", "superblock-root", "item-disk", "item-snapshot",
    ];

    /// <summary>The values that <see cref="Operation"/> is made of.</summary>
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
        ["expires"] = s_facts.Expires!.Value.UtcTicks,
        ["tag count"] = 2L,
        ["tags"] = (string[])["stufe", "zwei", "leer", ""],
    };

    public static PoolOperation Operation(string name) => name switch
    {
        "operation-create-disk" => new PoolOperation.CreateDisk(0x2122_2324, s_facts.DiskId, "Platte ä", s_facts.Size, new BlockSize(8192), 0x3132_3334, s_target),
        "operation-delete-disk" => new PoolOperation.DeleteDisk(0x2122_2324),
        "operation-resize-disk" => new PoolOperation.ResizeDisk(0x2122_2324, s_facts.Size),
        "operation-create-snapshot" => new PoolOperation.CreateSnapshot(0x2122_2324, s_facts),
        "operation-delete-snapshots" => new PoolOperation.DeleteSnapshots(0x2122_2324, [s_facts.Id, s_target]),
        "operation-rollback" => new PoolOperation.Rollback(0x2122_2324, s_target, s_facts),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown operation."),
    };

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
                Assert.Equal("16 each", size);
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
