using BlockSnap.Format;

namespace BlockSnap.Catalogs;

/// <summary>The bytes of events. FORMAT.md lists the fields.</summary>
internal static class EventCodec
{
    // Characters of the detail that are kept.
    private const int DetailMax = 500;

    // In the place of a snapshot's kind, where there is no snapshot.
    private const byte NoKind = byte.MaxValue;

    public static void Write(FieldWriter writer, PoolEvent each)
    {
        writer.Int64(each.Sequence).Byte((byte)each.Kind).Byte((byte)each.Result).Int64(each.Start.UtcTicks).Int64(each.End.UtcTicks)
            .Guid(each.DiskId?.Value ?? Guid.Empty).Text(each.DiskName).Guid(each.SnapshotId?.Value ?? Guid.Empty).Text(each.SnapshotName)
            .Byte(each.SnapshotKind is { } kind ? (byte)kind : NoKind)
            .Text(each.Detail is { Length: > DetailMax } detail ? detail[..DetailMax] : each.Detail);
    }

    public static PoolEvent Read(ref FieldReader reader)
    {
        long sequence = reader.Int64();
        var kind = (PoolEventKind)reader.Byte();
        var result = (PoolEventResult)reader.Byte();
        DateTimeOffset start = SnapshotCodec.ReadTime(ref reader);
        DateTimeOffset end = SnapshotCodec.ReadTime(ref reader);
        Guid disk = reader.Guid();
        string? diskName = reader.Text();
        Guid snapshot = reader.Guid();
        string? snapshotName = reader.Text();
        byte snapshotKind = reader.Byte();
        string? detail = reader.Text();
        return sequence is > 0 and < long.MaxValue / 2
            ? new PoolEvent
            {
                Sequence = sequence,
                Kind = kind,
                Result = result,
                Start = start,
                End = end,
                DiskId = disk == Guid.Empty ? null : new DiskId(disk),
                DiskName = diskName,
                SnapshotId = snapshot == Guid.Empty ? null : new SnapshotId(snapshot),
                SnapshotName = snapshotName,
                SnapshotKind = snapshotKind == NoKind ? null : (SnapshotKind)snapshotKind,
                Detail = detail,
            }
            : throw reader.Damaged($"{sequence} is no number of an event");
    }
}
