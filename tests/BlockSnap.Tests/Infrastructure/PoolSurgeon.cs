using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>A saboteur: changes the files of a closed pool so that every checksum on the way is right and only the meaning is wrong.</summary>
internal static class PoolSurgeon
{
    private const int SlotBytesMin = 512;

    /// <summary>The block records of a data file that is no container.</summary>
    public static List<(LogRecord Record, int Offset)> Records(CrashableDevice device, string file)
    {
        var records = new List<(LogRecord, int)>();
        ForEachRecord(device, file, (in RecordReader reader, int granuleLog2) =>
        {
            if (reader.Current.IsBlock)
            {
                records.Add((reader.Current, reader.Current.Slot << granuleLog2));
            }
        });
        return records;
    }

    /// <summary>The operations in the log of a data file.</summary>
    public static List<PoolOperation> Operations(CrashableDevice device, string file)
    {
        var operations = new List<PoolOperation>();
        ForEachRecord(device, file, (in RecordReader reader, int _) =>
        {
            if (reader.Current.Kind == RecordKind.Operation)
            {
                operations.Add(OperationCodec.Decode(reader.Payload));
            }
        });
        return operations;
    }

    private delegate void RecordHandler(in RecordReader reader, int granuleLog2);

    private static void ForEachRecord(CrashableDevice device, string file, RecordHandler handle) => device.Edit(file, bytes =>
    {
        if (!SegmentHeader.TryDecode(bytes, out SegmentHeader segment))
        {
            return bytes;
        }

        for (int at = SegmentHeader.Bytes; at + FormatVersion.PageBytes <= bytes.Length && BatchHeader.TryDecode(bytes.AsSpan(at), out BatchHeader header) && header.Segment == segment.Segment; at += header.TotalBytes)
        {
            var reader = new RecordReader(bytes.AsSpan(at + BatchHeader.Bytes, header.RecordBytes));
            while (reader.MoveNext())
            {
                handle(reader, segment.GranuleLog2);
            }
        }

        return bytes;
    });

    /// <summary>Changes the counts and the row of the segment that lies in a data file.</summary>
    public static void EditSegment(CrashableDevice device, string file, Func<TableRow, TableRow> editRow, Action<Span<uint>> editCounts)
    {
        Superblock superblock = CheckpointFiles.ReadSuperblock(device);
        var checksums = new ulong[superblock.TablePages];
        device.Edit(CheckpointFiles.TableName, table =>
        {
            for (int index = 0; index < superblock.TablePages; index++)
            {
                Memory<byte> page = Newest(table, index, superblock.Sequence, out long sequence);
                for (int i = 0; i < TablePage.RowsPerPage; i++)
                {
                    Span<byte> place = TablePage.Row(page.Span, i);
                    TableRow row = TableRow.Decode(place);
                    if (row.Segment != 0 && SegmentFile.NameOf(row.File) == file)
                    {
                        row = EditCounts(device, (index * TablePage.RowsPerPage) + i, superblock.SegmentBytes, row, editCounts);
                        editRow(row).Encode(place);
                    }
                }

                checksums[index] = TablePage.Seal(page.Span, index, sequence);
            }

            return table;
        });
        Write(device, superblock with { TableChecksum = BlockChecksum.Compute(MemoryMarshal.AsBytes(checksums.AsSpan())) });
    }

    /// <summary>Writes a superblock into its slot, in both files.</summary>
    public static void Write(CrashableDevice device, Superblock superblock)
    {
        byte[] page = new byte[Superblock.SlotBytes];
        superblock.Encode(page);
        EditSuperblocks(device, (bytes, slot) =>
        {
            if (slot == (superblock.Sequence & 1))
            {
                page.CopyTo(bytes);
            }
        });
    }

    /// <summary>Changes every whole superblock, in both slots of both files, and makes its checksum right again.</summary>
    public static void EditSuperblocks(CrashableDevice device, Action<Span<byte>> edit) => EditSuperblocks(device, (page, _) =>
    {
        if (Superblock.Decode(page) is not null)
        {
            edit(page);
            BinaryPrimitives.WriteUInt64LittleEndian(page[^8..], BlockChecksum.Compute(page[..^8]));
        }
    });

    private delegate void PageEdit(Span<byte> page, int slot);

    private static void EditSuperblocks(CrashableDevice device, PageEdit edit)
    {
        foreach (string name in (string[])[CheckpointFiles.SuperblockName, CheckpointFiles.SuperblockCopyName])
        {
            device.Edit(name, bytes =>
            {
                Array.Resize(ref bytes, Superblock.SlotCount * Superblock.SlotBytes);
                for (int slot = 0; slot < Superblock.SlotCount; slot++)
                {
                    edit(bytes.AsSpan(slot * Superblock.SlotBytes, Superblock.SlotBytes), slot);
                }

                return bytes;
            });
        }
    }

    public static void Flip(CrashableDevice device, string file, int offset) => device.Edit(file, bytes =>
    {
        bytes[offset] ^= 0x40;
        return bytes;
    });

    private static TableRow EditCounts(CrashableDevice device, int row, int segmentBytes, in TableRow facts, Action<Span<uint>> edit)
    {
        int stride = segmentBytes / SlotBytesMin * sizeof(uint);
        int at = ((row * 2) + facts.CountsVersion) * stride;
        int length = (segmentBytes >> facts.GranuleLog2) * sizeof(uint);
        ulong checksum = 0;
        device.Edit(CheckpointFiles.CountsName, bytes =>
        {
            Span<byte> counts = bytes.AsSpan(at, length);
            edit(MemoryMarshal.Cast<byte, uint>(counts));
            checksum = BlockChecksum.Compute(counts);
            return bytes;
        });
        return facts with { CountsChecksum = checksum };
    }

    private static Memory<byte> Newest(byte[] table, int index, long limit, out long sequence)
    {
        Memory<byte> newest = default;
        sequence = -1;
        for (int version = 0; version < 2; version++)
        {
            int at = (int)TablePage.PlaceOf(index, version);
            if (at + TablePage.Bytes <= table.Length && TablePage.TryOpen(table.AsSpan(at, TablePage.Bytes), index, out long found, out _) && found <= limit && found > sequence)
            {
                newest = table.AsMemory(at, TablePage.Bytes);
                sequence = found;
            }
        }

        return newest;
    }
}
