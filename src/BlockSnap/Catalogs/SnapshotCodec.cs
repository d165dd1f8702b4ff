using BlockSnap.Format;

namespace BlockSnap.Catalogs;

/// <summary>The bytes of what is known of a snapshot, for operations and for the catalog. FORMAT.md lists the fields.</summary>
internal static class SnapshotCodec
{
    // What marks are read into.
    private static readonly Snapshot s_nothing = new() { Id = default, DiskId = default, Name = "", Created = default, Size = 0 };

    /// <summary>Writes the list "facts": what never changes, then the marks.</summary>
    public static void WriteFacts(FieldWriter writer, Snapshot facts)
    {
        writer.Guid(facts.Id.Value).Guid(facts.DiskId.Value).Text(facts.Name).Byte((byte)facts.Kind).Int64(facts.Created.UtcTicks).Int64(facts.Size)
            .Text(facts.Description).UInt32((uint)facts.Tags.Count);
        foreach ((string key, string value) in facts.Tags)
        {
            writer.Text(key).Text(value);
        }

        writer.Byte((byte)facts.Consistency).Guid(facts.GroupId ?? Guid.Empty).Text(facts.ClientToken).UInt64(facts.ClientTokenHash);
        WriteMarks(writer, facts);
    }

    public static Snapshot ReadFacts(ref FieldReader reader)
    {
        var id = new SnapshotId(reader.Guid());
        var diskId = new DiskId(reader.Guid());
        string name = reader.Text() ?? throw reader.Damaged("a snapshot has no name");
        var kind = (SnapshotKind)reader.Byte();
        DateTimeOffset created = ReadTime(ref reader);
        long size = reader.Size();
        string? description = reader.Text();
        var tags = new Dictionary<string, string>();
        for (int left = reader.Count(leastBytes: 4); left > 0; left--)
        {
            tags[reader.Text() ?? ""] = reader.Text() ?? "";
        }

        var consistency = (SnapshotConsistency)reader.Byte();
        Guid group = reader.Guid();
        string? clientToken = reader.Text();
        ulong clientTokenHash = reader.UInt64();
        return WithMarks(
            new Snapshot
            {
                Id = id,
                DiskId = diskId,
                Name = name,
                Kind = kind,
                Created = created,
                Size = size,
                Description = description,
                Tags = tags,
                Consistency = consistency,
                GroupId = group == Guid.Empty ? null : group,
                ClientToken = clientToken,
                ClientTokenHash = clientTokenHash,
            },
            ReadMarks(ref reader));
    }

    /// <summary>Writes the list "marks": what can change.</summary>
    public static void WriteMarks(FieldWriter writer, Snapshot marks)
    {
        writer.Byte((byte)marks.Status).Int64(marks.Expires?.UtcTicks ?? 0).Int64(marks.PurgeAfter?.UtcTicks ?? 0)
            .Int64(marks.Lock?.Until.UtcTicks ?? 0).Int64(marks.Lock?.CoolOffUntil.UtcTicks ?? 0)
            .Int64(marks.Lock?.UntilElapsed.Ticks ?? 0).Int64(marks.Lock?.CoolOffElapsed.Ticks ?? 0)
            .UInt32((uint)marks.Holds.Count);
        foreach (string hold in marks.Holds)
        {
            writer.Text(hold);
        }
    }

    /// <summary>Reads marks, as a snapshot of which nothing else means anything.</summary>
    public static Snapshot ReadMarks(ref FieldReader reader)
    {
        var status = (SnapshotStatus)reader.Byte();
        DateTimeOffset? expires = ReadTimeOrNone(ref reader);
        DateTimeOffset? purgeAfter = ReadTimeOrNone(ref reader);
        DateTimeOffset? until = ReadTimeOrNone(ref reader);
        DateTimeOffset coolOffUntil = ReadTime(ref reader);
        var untilElapsed = new TimeSpan(reader.Int64());
        var coolOffElapsed = new TimeSpan(reader.Int64());
        string[] holds = new string[reader.Count(leastBytes: 2)];
        for (int i = 0; i < holds.Length; i++)
        {
            holds[i] = reader.Text() ?? "";
        }

        return s_nothing with
        {
            Status = status,
            Expires = expires,
            PurgeAfter = purgeAfter,
            Lock = until is { } end ? new SnapshotLock(end, coolOffUntil) { UntilElapsed = untilElapsed, CoolOffElapsed = coolOffElapsed } : null,
            Holds = holds,
        };
    }

    /// <summary>A snapshot with the marks of another.</summary>
    public static Snapshot WithMarks(Snapshot facts, Snapshot marks) => facts with
    {
        Status = marks.Status,
        Expires = marks.Expires,
        PurgeAfter = marks.PurgeAfter,
        Lock = marks.Lock,
        Holds = marks.Holds,
    };

    public static DateTimeOffset ReadTime(ref FieldReader reader)
    {
        long ticks = reader.Int64();
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw reader.Damaged($"{ticks} is no time");
    }

    private static DateTimeOffset? ReadTimeOrNone(ref FieldReader reader)
    {
        DateTimeOffset time = ReadTime(ref reader);
        return time.Ticks == 0 ? null : time;
    }
}
