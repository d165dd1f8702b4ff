using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Reads what a container says of a segment.</summary>
internal static class ContainerIndex
{
    /// <summary>The records of the blocks of <paramref name="segment"/> that its container holds, in slot order.</summary>
    /// <exception cref="PoolCorruptedException">The index is damaged or that of another container.</exception>
    public static LogRecord[] Read(IDeviceFile file, ulong salt, SegmentInfo segment)
    {
        Span<byte> header = stackalloc byte[ContainerHeader.Bytes];
        int bytes = file.Read(0, header) == header.Length ? ContainerHeader.PeekIndexBytes(header) : 0;
        if (bytes == 0 || bytes > file.Length)
        {
            throw new PoolCorruptedException(file.Name, "the file is not a container");
        }

        byte[] index = new byte[bytes];
        if (file.Read(0, index) != bytes || !ContainerHeader.Prove(index, salt, segment.File.Number))
        {
            throw new PoolCorruptedException(file.Name, "the container's index is damaged");
        }

        if (segment.RecordCount < 0
            || segment.IndexOffset < ContainerHeader.Bytes
            || segment.IndexOffset + ((long)segment.RecordCount * LogRecord.Bytes) > bytes)
        {
            throw new PoolCorruptedException(
                CheckpointFiles.TableName,
                $"the row of segment {segment.Number} points outside the index of its container");
        }

        var records = new LogRecord[segment.RecordCount];
        for (int i = 0; i < records.Length; i++)
        {
            records[i] = LogRecord.Decode(index.AsSpan(segment.IndexOffset + (i * LogRecord.Bytes), LogRecord.Bytes));
            ThrowIfNonsense(file, segment, records[i]);
        }

        return records;
    }

    private static void ThrowIfNonsense(IDeviceFile file, SegmentInfo segment, in LogRecord record)
    {
        if (record.Slot < 0 || record.Slot > segment.SlotCount || record.StoredBytes < 1 || record.StoredBytes > BlockSize.MaximumBytes
            || record.Slot + segment.GranulesOf(record.StoredBytes) > segment.SlotCount)
        {
            throw new PoolCorruptedException(
                file.Name,
                $"its checksum is right, but it keeps {record.StoredBytes} bytes at slot {record.Slot} of segment {segment.Number}, "
                + $"which has {segment.SlotCount} slots");
        }
    }
}
