using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Hostile;

namespace BlockSnap.Tests.Fuzz;

/// <summary>
/// A saboteur with all the checksums: changes a structure of a closed pool and then everything that vouches for it, up to the superblock.
/// What is left is a pool whose every checksum is right and whose meaning is not.
/// </summary>
internal sealed class PoolForger
{
    private readonly SortedDictionary<string, byte[]> _files;
    private readonly List<StoredPlace> _blocks;

    public PoolForger(HostilePool pool, IReadOnlyList<StoredPlace> blocks)
    {
        _files = new SortedDictionary<string, byte[]>(pool.Files.ToDictionary(file => file.Key, file => (byte[])file.Value.Clone()), StringComparer.Ordinal);
        _blocks = [.. blocks];
    }

    /// <summary>Where a referenced block lies.</summary>
    public readonly record struct StoredPlace(BlockId Id, uint Disk, string File, int Offset);

    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>The rows of a pool's segment table.</summary>
    public static List<TableRow> Rows(HostilePool pool)
    {
        Superblock superblock = PoolFiles.Newest(pool.Files);
        var rows = new List<TableRow>();
        for (int index = 0; index < superblock.TablePages; index++)
        {
            byte[] page = PoolFiles.TablePageOf(pool.Files, superblock, index).Bytes;
            rows.AddRange(Enumerable.Range(0, TablePage.RowsPerPage).Select(i => TableRow.Decode(TablePage.Row(page.AsSpan(), i))).Where(row => row.Segment != 0));
        }

        return rows;
    }

    /// <summary>Every referenced block of a pool.</summary>
    public static List<StoredPlace> Blocks(HostilePool pool)
    {
        var blocks = new List<StoredPlace>();
        foreach (TableRow row in Rows(pool))
        {
            string file = SegmentFile.NameOf(row.File);
            byte[] bytes = pool.Files[file];
            if (row.Relocated)
            {
                int at = row.DataOffset;
                for (int i = 0; i < row.RecordCount; i++)
                {
                    LogRecord record = LogRecord.Decode(bytes.AsSpan(row.IndexOffset + (i * LogRecord.Bytes)));
                    Add(record, row.Segment, file, at);
                    at += (record.StoredBytes + (1 << row.GranuleLog2) - 1) >> row.GranuleLog2 << row.GranuleLog2;
                }

                continue;
            }

            for (int at = SegmentHeader.Bytes; at < row.SlotCount << row.GranuleLog2 && BatchHeader.TryDecode(bytes.AsSpan(at), out BatchHeader head) && head.Segment == row.Segment; at += head.TotalBytes)
            {
                var reader = new RecordReader(bytes.AsSpan(at + BatchHeader.Bytes, head.RecordBytes));
                while (reader.MoveNext())
                {
                    if (reader.Current.IsBlock)
                    {
                        Add(reader.Current, row.Segment, file, reader.Current.Slot << row.GranuleLog2);
                    }
                }
            }
        }

        return blocks;

        void Add(in LogRecord record, long segment, string file, int offset)
        {
            if (pool.Anatomy[file, offset] == Region.Block)
            {
                blocks.Add(new StoredPlace(new BlockId(segment, record.Slot, record.SizeClass), record.Disk, file, offset));
            }
        }
    }

    /// <summary>Changes a block, and the checksum of it in every node, item and root that leads to it, and theirs in turn.</summary>
    public void ForgeBlock(StoredPlace block, Func<byte[], byte[]> change)
    {
        Span<byte> bytes = _files[block.File].AsSpan(block.Offset, block.Id.Length);
        ulong before = BlockChecksum.Compute(bytes);
        change(bytes.ToArray()).AsSpan(0, bytes.Length).CopyTo(bytes);
        Vouch(block.Id, before, BlockChecksum.Compute(bytes), depth: 0);
    }

    /// <summary>Changes the newest superblock, in both files.</summary>
    public void ForgeSuperblock(Func<byte[], byte[]> change)
    {
        Superblock superblock = PoolFiles.Newest(_files);
        int at = (int)(superblock.Sequence & 1) * Superblock.SlotBytes;
        byte[] page = change(_files[CheckpointFiles.SuperblockName].AsSpan(at, Superblock.SlotBytes).ToArray());
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(^8..), BlockChecksum.Compute(page.AsSpan(..^8)));
        page.CopyTo(_files[CheckpointFiles.SuperblockName], at);
        page.CopyTo(_files[CheckpointFiles.SuperblockCopyName], at);
    }

    /// <summary>Changes a page of the segment table.</summary>
    public void ForgeTable(Func<byte[], byte[]> change)
    {
        Superblock superblock = PoolFiles.Newest(_files);
        var checksums = new ulong[superblock.TablePages];
        for (int index = 0; index < checksums.Length; index++)
        {
            (int at, byte[] page) = PoolFiles.TablePageOf(_files, superblock, index);
            TablePage.TryOpen(page, index, out long sequence, out _);
            page = change(page);
            checksums[index] = TablePage.Seal(page, index, sequence);
            page.CopyTo(_files[CheckpointFiles.TableName], at);
        }

        ulong table = BlockChecksum.Compute(MemoryMarshal.AsBytes(checksums.AsSpan()));
        ForgeSuperblock(page =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(96), table);
            return page;
        });
    }

    /// <summary>Changes the counts of the segments.</summary>
    public void ForgeCounts(Func<byte[], byte[]> change)
    {
        Superblock superblock = PoolFiles.Newest(_files);
        int index = 0;
        ForgeTable(page =>
        {
            for (int i = 0; i < TablePage.RowsPerPage; i++, index++)
            {
                TableRow row = TableRow.Decode(TablePage.Row(page.AsSpan(), i));
                if (row.Segment != 0 && row.CountsChecksum != 0)
                {
                    int at = ((index * 2) + row.CountsVersion) * (superblock.SegmentBytes / BlockSize.MinimumBytes * sizeof(uint));
                    Span<byte> counts = _files[CheckpointFiles.CountsName].AsSpan(at);
                    counts = counts[..Math.Min(counts.Length, (superblock.SegmentBytes >> row.GranuleLog2) * sizeof(uint))];
                    change(counts.ToArray()).AsSpan(0, counts.Length).CopyTo(counts);
                    byte[] whole = new byte[(superblock.SegmentBytes >> row.GranuleLog2) * sizeof(uint)];
                    counts.CopyTo(whole);
                    (row with { CountsChecksum = BlockChecksum.Compute(whole) }).Encode(TablePage.Row(page.AsSpan(), i));
                }
            }

            return page;
        });
    }

    /// <summary>Puts a list of releases into the pool: three words each.</summary>
    public void ForgeReleases(byte[] entries)
    {
        Superblock superblock = PoolFiles.Newest(_files);
        _files[$"releases-{superblock.ReleaseFile}"] = entries;
        ForgeSuperblock(page =>
        {
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(92), entries.Length / 24);
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(104), BlockChecksum.Compute(entries.AsSpan(0, entries.Length / 24 * 24)));
            return page;
        });
    }

    /// <summary>Changes the index of a container.</summary>
    public void ForgeContainer(string file, Func<byte[], byte[]> change)
    {
        byte[] bytes = _files[file];
        int length = ContainerHeader.PeekIndexBytes(bytes);
        byte[] index = change(bytes[..length]);
        BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(32), length);
        BinaryPrimitives.WriteUInt64LittleEndian(index.AsSpan(8), BlockChecksum.Compute(index.AsSpan(16)));
        index.CopyTo(bytes, 0);
    }

    /// <summary>The forged pool.</summary>
    public CrashableDevice ToDevice(CrashableDevice like)
    {
        CrashableDevice device = like.CrashState(CrashMode.Everything);
        foreach ((string name, byte[] bytes) in _files)
        {
            device.Edit(name, _ => bytes);
        }

        return device;
    }

    // A name with its checksum stands as 16 bytes in nodes, in items of the catalog, and in the superblock's root.
    private void Vouch(BlockId id, ulong before, ulong after, int depth)
    {
        Span<byte> old = stackalloc byte[16];
        Span<byte> now = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(old, id.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(old[8..], before);
        BinaryPrimitives.WriteUInt64LittleEndian(now, id.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(now[8..], after);
        byte[] from = old.ToArray();
        byte[] to = now.ToArray();
        foreach (StoredPlace holder in _blocks.Where(holder => holder.Id != id && (holder.Id.IsNode || holder.Disk == 0)))
        {
            byte[] bytes = _files[holder.File].AsSpan(holder.Offset, holder.Id.Length).ToArray();
            ulong checksum = BlockChecksum.Compute(bytes);
            if (Replace(bytes, from, to) && depth < 16)
            {
                bytes.CopyTo(_files[holder.File], holder.Offset);
                Vouch(holder.Id, checksum, BlockChecksum.Compute(bytes), depth + 1);
            }
        }

        ForgeSuperblock(page =>
        {
            Replace(page, from, to);
            return page;
        });
    }

    private static bool Replace(byte[] bytes, byte[] from, byte[] to)
    {
        bool any = false;
        for (int at = bytes.AsSpan().IndexOf(from); at >= 0;)
        {
            to.CopyTo(bytes, at);
            any = true;
            int next = bytes.AsSpan(at + 1).IndexOf(from);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return any;
    }
}
