using System.Numerics;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <summary>
/// What the data files of a pool hold, found by looking at each of them and trusting nothing else: where segments lie, the whole batch
/// heads of the log, and the checkpoints that ended in it. For repair; one thread.
/// </summary>
internal sealed class LogInventory
{
    private const int PageBytes = FormatVersion.PageBytes;
    private const int HeadPagesMax = 16;

    // Of one read: what the device cannot read costs no more than this.
    private const int ReadBytes = 1 << 20;

    private readonly IStorageDevice _device;
    private readonly Dictionary<(long Segment, int Offset), BatchHeader> _batches = [];
    private readonly Dictionary<long, List<SegmentPlace>> _places = [];
    private readonly List<(LogPosition Behind, byte[] Root)> _checkpoints = [];

    private LogInventory(IStorageDevice device) => _device = device;

    /// <summary>What a segment's header says of the pool; null when no header is whole.</summary>
    public SegmentHeader? Header { get; private set; }

    /// <summary>By segment number, where the segment was found.</summary>
    public IReadOnlyDictionary<long, List<SegmentPlace>> Places => _places;

    /// <summary>The roots of checkpoints, and where replay goes on behind each, newest first.</summary>
    public IEnumerable<(LogPosition Behind, byte[] Root)> Checkpoints => _checkpoints.OrderByDescending(found => found.Behind.Sequence);

    /// <summary>Files of which nothing can be told.</summary>
    public List<string> Strange { get; } = [];

    /// <summary>One more than the highest number of a data file.</summary>
    public int FilesMax { get; private set; }

    /// <summary>Looks at every data file.</summary>
    public static LogInventory Take(IStorageDevice device, Superblock? superblock, CancellationToken cancellationToken)
    {
        var inventory = new LogInventory(device);
        string[] names = [.. device.List().Where(static name => SegmentFile.TryNumberOf(name, out _))];
        var headers = new List<SegmentHeader>();
        byte[] page = new byte[SegmentHeader.Bytes];
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IDeviceFile file = device.Open(name, DeviceFileMode.Open);
            if (ReadWhatCan(file, 0, page) == page.Length
                && SegmentHeader.TryDecode(page, out SegmentHeader header)
                && IsSegmentSize(header.SegmentBytes)
                && (superblock is null || header.Salt == superblock.Salt))
            {
                headers.Add(header);
            }
        }

        if (headers.Count == 0)
        {
            inventory.Strange.AddRange(names);
            return inventory;
        }

        // Should files of another pool have been copied in, they are the fewer.
        ulong salt = headers.GroupBy(header => header.Salt).MaxBy(group => group.Count())!.Key;
        inventory.Header = headers.First(header => header.Salt == salt);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            inventory.Look(name, inventory.Header.Value);
        }

        return inventory;
    }

    /// <summary>
    /// The base-two logarithm of a segment's granule. When nothing is left of the segment it is unknown, and the finest has room for every slot.
    /// </summary>
    public int GranuleOf(long segment) => _places.TryGetValue(segment, out List<SegmentPlace>? places)
        ? places[0].GranuleLog2
        : BitOperations.Log2(BlockSize.MinimumBytes);

    /// <summary>How many slots a segment may have. There must be a <see cref="Header"/>.</summary>
    public int SlotsMax(long segment) => Header!.Value.SegmentBytes >> GranuleOf(segment);

    /// <summary>Follows the log from a position to the first batch that is not there.</summary>
    public LogPosition FollowFrom(LogPosition at)
    {
        while (_batches.TryGetValue((at.Segment, at.Offset), out BatchHeader header) && header.Sequence == at.Sequence)
        {
            at = at.Behind(header);
        }

        return at;
    }

    /// <summary>
    /// How many whole batches lie behind an end of the log, and whether one of them says that the batch at the end was durable: then the log is
    /// damaged there, not torn.
    /// </summary>
    public (int Batches, bool WasDurable) Beyond(LogPosition end)
    {
        BatchHeader[] later = [.. _batches.Values.Where(header => header.Segment >= end.Segment && header.Sequence > end.Sequence)];
        return (later.Length, later.Any(header => header.DurableSequence >= end.Sequence));
    }

    /// <summary>Reads a block from whichever place has it; false when none does.</summary>
    public bool TryRead(BlockId id, ulong checksum, Span<byte> destination)
    {
        foreach (SegmentPlace place in _places.GetValueOrDefault(id.Segment) ?? [])
        {
            long offset = place.OffsetOf(id.Slot);
            if (offset >= 0)
            {
                using IDeviceFile file = _device.Open(SegmentFile.NameOf(place.File), DeviceFileMode.Open);
                if (ReadWhatCan(file, offset, destination) == destination.Length && BlockChecksum.Compute(destination) == checksum)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsSegmentSize(int bytes) => bytes is >= Superblock.SegmentBytesMin and <= Superblock.SegmentBytesMax && int.IsPow2(bytes);

    private void Look(string name, in SegmentHeader pool)
    {
        SegmentFile.TryNumberOf(name, out int number);
        FilesMax = Math.Max(FilesMax, number + 1);
        byte[] bytes;
        using (IDeviceFile file = _device.Open(name, DeviceFileMode.Open))
        {
            bytes = new byte[(int)Math.Min(file.Length, pool.SegmentBytes)];
            for (int at = 0; at < bytes.Length; at += ReadBytes)
            {
                ReadWhatCan(file, at, bytes.AsSpan(at, Math.Min(ReadBytes, bytes.Length - at)));
            }
        }

        int indexBytes = ContainerHeader.PeekIndexBytes(bytes);
        if (indexBytes > 0 && indexBytes <= bytes.Length && ContainerHeader.Prove(bytes.AsSpan(0, indexBytes), pool.Salt, number))
        {
            if (!TryAddContainer(number, bytes, indexBytes, pool.SegmentBytes))
            {
                Strange.Add(name);
            }
        }
        else if (SegmentHeader.TryDecode(bytes, out SegmentHeader header) && header.Salt == pool.Salt && header.SegmentBytes == pool.SegmentBytes)
        {
            AddSegment(number, bytes, header);
        }
        else
        {
            Strange.Add(name);
        }
    }

    // False when the index says what is never written. Its checksum is right, but no number may lead out of the index or the memory.
    private bool TryAddContainer(int file, byte[] bytes, int indexBytes, int segmentBytes)
    {
        ReadOnlySpan<byte> index = bytes.AsSpan(0, indexBytes);
        int segments = ContainerHeader.Segments(index);
        if (segments < 0 || segments > (index.Length - ContainerHeader.Bytes) / ContainerHeader.EntryBytes)
        {
            return false;
        }

        var places = new List<(long Segment, SegmentPlace Place)>(segments);
        for (int i = 0; i < segments; i++)
        {
            ReadOnlySpan<byte> entry = index[(ContainerHeader.Bytes + (i * ContainerHeader.EntryBytes))..];
            (long segment, int granuleLog2, int records, int recordsOffset, int dataOffset) = ContainerHeader.DecodeEntry(entry);
            if (segment is < 1 or > BlockId.SegmentMax
                || granuleLog2 is < FormatVersion.GranuleLog2Min or > FormatVersion.GranuleLog2Max
                || records < 0
                || recordsOffset < ContainerHeader.Bytes
                || recordsOffset + ((long)records * LogRecord.Bytes) > index.Length
                || dataOffset < 0
                || dataOffset > bytes.Length)
            {
                return false;
            }

            var facts = new SegmentInfo { Number = segment, Row = 0, GranuleLog2 = granuleLog2, File = new SegmentFile(file) };
            var kept = new LogRecord[records];
            for (int r = 0; r < records; r++)
            {
                LogRecord record = LogRecord.Decode(index[(recordsOffset + (r * LogRecord.Bytes))..]);
                if (record.Slot < 0 || record.Slot > segmentBytes >> granuleLog2 || record.StoredBytes is < 1 or > BlockSize.MaximumBytes)
                {
                    return false;
                }

                kept[r] = record;
                facts.SlotCount = Math.Max(facts.SlotCount, record.Slot + facts.GranulesOf(record.StoredBytes));
            }

            SlotMap map = SlotMap.Of(kept, facts);
            places.Add((segment, new SegmentPlace(file, bytes.Length, granuleLog2, facts.SlotCount, true, dataOffset, recordsOffset, records, map)));
        }

        places.ForEach(found => Add(found.Segment, found.Place));
        return true;
    }

    // Heads are looked for behind a damaged one too: each says where it begins.
    private void AddSegment(int file, byte[] bytes, in SegmentHeader header)
    {
        int end = SegmentHeader.Bytes;
        for (int at = SegmentHeader.Bytes; at + PageBytes <= bytes.Length;)
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(at);
            int pages = BatchHeader.PeekPages(rest, Math.Min(HeadPagesMax, rest.Length / PageBytes));
            if (pages == 0 || !BatchHeader.TryDecode(rest[..(pages * PageBytes)], out BatchHeader batch)
                || batch.Salt != header.Salt || batch.Segment != header.Segment || batch.Offset != at
                || batch.DataBytes > rest.Length - (pages * PageBytes))
            {
                at += 1 << header.GranuleLog2;
                continue;
            }

            _batches[(header.Segment, at)] = batch;
            at += batch.TotalBytes;
            end = at;
            FindCheckpoints(file, batch, rest.Slice(BatchHeader.Bytes, batch.RecordBytes));
        }

        Add(header.Segment, new SegmentPlace(file, header.SegmentBytes, header.GranuleLog2, end >> header.GranuleLog2, false, 0, 0, 0, null));
    }

    private void FindCheckpoints(int file, in BatchHeader batch, ReadOnlySpan<byte> records)
    {
        var reader = new RecordReader(records);
        while (reader.MoveNext())
        {
            if (reader.Current.Kind == RecordKind.Checkpoint)
            {
                LogPosition behind = new LogPosition(batch.Segment, file, batch.Offset, batch.Sequence).Behind(batch);
                _checkpoints.Add((behind, reader.Payload.ToArray()));
            }
        }
    }

    private void Add(long segment, SegmentPlace place)
    {
        if (!_places.TryGetValue(segment, out List<SegmentPlace>? places))
        {
            _places[segment] = places = [];
        }

        places.Add(place);
    }

    // Returns the bytes read; 0 when the device cannot read them.
    private static int ReadWhatCan(IDeviceFile file, long offset, Span<byte> destination)
    {
        try
        {
            return file.Read(offset, destination);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return 0;
        }
    }

    /// <summary>A place where a segment lies, or lay: a file of its own, or a part of a container.</summary>
    public sealed record SegmentPlace(
        int File,
        int FileBytes,
        int GranuleLog2,
        int SlotCount,
        bool IsContainer,
        int DataOffset,
        int IndexOffset,
        int RecordCount,
        SlotMap? Kept)
    {
        /// <summary>The offset of a slot, -1 when it is not there.</summary>
        public long OffsetOf(int slot)
        {
            if (Kept is null)
            {
                return slot < SlotCount ? (long)slot << GranuleLog2 : -1;
            }

            int rank = Kept.RankOf(slot);
            return rank < 0 ? -1 : DataOffset + ((long)rank << GranuleLog2);
        }
    }
}
