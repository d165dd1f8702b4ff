using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>
/// The files a checkpoint writes besides the log: the superblock and its copy, the segment table, the counts and the pending releases.
/// Everything but the superblock has two places, of which only the one is written that the valid superblock does not use; so a checkpoint can stop
/// anywhere. Not thread-safe: the checkpoint lock guards it.
/// </summary>
internal sealed partial class CheckpointFiles : IDisposable
{
    public const string TableName = "segments";
    public const string CountsName = "counts";

    private readonly IStorageDevice _device;
    private readonly IDeviceFile[] _superblocks;
    private readonly IDeviceFile _table;
    private readonly IDeviceFile _counts;
    private readonly IDeviceFile[] _releases;
    private readonly int _countsStride;

    // Rows of which both places have space for so many counts; under the pool's gate.
    private readonly Dictionary<int, int> _covered = [];
    private readonly List<ulong> _pageChecksums = [];
    private readonly List<byte> _pageVersions = [];

    // Pages written since the last superblock; it makes them the valid ones. A checkpoint that stopped before is made again, into the
    // same places.
    private readonly SortedDictionary<int, (byte Version, ulong Checksum)> _written = [];

    // Table pages of which the unused place holds what a checkpoint wrote that never became valid, with the bytes that are valid.
    private readonly List<(int Page, byte[] Bytes)> _leftOver = [];

    public CheckpointFiles(IStorageDevice device, int segmentBytes)
    {
        _device = device;
        _missingSuperblocks = SuperblockNames.Any(name => !device.Exists(name));
        var opened = new Stack<IDeviceFile>();
        try
        {
            _superblocks = [.. SuperblockNames.Select(Open)];
            _table = Open(TableName);
            _counts = Open(CountsName);
            _releases = [Open("releases-0"), Open("releases-1")];
        }
        catch
        {
            while (opened.TryPop(out IDeviceFile? file))
            {
                file.Dispose();
            }

            throw;
        }

        _countsStride = segmentBytes / BlockSize.MinimumBytes * sizeof(uint);

        IDeviceFile Open(string name)
        {
            opened.Push(device.Open(name, DeviceFileMode.OpenOrCreate));
            return opened.Peek();
        }
    }

    /// <summary>Called when a write finds no space: gives some to the device, or returns false.</summary>
    public Func<bool> GiveUpSpace { get; init; } = static () => false;

    /// <summary>The highest segment number in any whole page of the segment table, valid or not; 0 when there is none. For repair.</summary>
    public static long LastSegmentOf(IStorageDevice device)
    {
        if (!device.Exists(TableName))
        {
            return 0;
        }

        long last = 0;
        byte[] page = new byte[TablePage.Bytes];
        using IDeviceFile file = device.Open(TableName, DeviceFileMode.Open);
        for (int place = 0; file.Read((long)place * TablePage.Bytes, page) == page.Length; place++)
        {
            for (int i = 0; TablePage.TryOpen(page, place / 2, out _, out _) && i < TablePage.RowsPerPage; i++)
            {
                last = Math.Max(last, TableRow.Decode(TablePage.Row(page.AsSpan(), i)).Segment);
            }
        }

        return last;
    }

    /// <summary>Metadata bytes on the device, roughly.</summary>
    public long Bytes => _superblocks[0].Length + _superblocks[1].Length + _table.Length + _releases[0].Length + _releases[1].Length;

    /// <summary>Reads the pages of the table that belongs to a superblock and proves them. Nothing is noted: a check may do it at any time, and fail half way.</summary>
    public IReadOnlyList<byte[]> ReadTable(Superblock superblock) => [.. ReadPages(superblock).Select(page => page.Bytes)];

    /// <summary>As <see cref="ReadTable"/>, when the pool is opened: takes note of where the pages lie.</summary>
    public IReadOnlyList<byte[]> LoadTable(Superblock superblock)
    {
        List<PlacedPage> pages = ReadPages(superblock);
        for (int index = 0; index < pages.Count; index++)
        {
            PlacedPage page = pages[index];
            Remember(index, page.Version, page.Checksum);
            if (page.HidesLeftOver)
            {
                _leftOver.Add((index, page.Bytes));
            }
        }

        return [.. pages.Select(page => page.Bytes)];
    }

    /// <summary>
    /// Puts an end to what a checkpoint wrote that never became valid: the valid content is written over it, and flushed. The next
    /// superblock gets the number that those pages bear, and would make them valid.
    /// </summary>
    /// <param name="sequence">The number of the superblock to be written next.</param>
    public void WriteOverLeftOver(long sequence)
    {
        if (_leftOver.Count > 0)
        {
            WriteTable(_leftOver, sequence);
            _table.Flush();
            _leftOver.Clear();
        }
    }

    /// <summary>Writes changed table pages to their unused places.</summary>
    public void WriteTable(List<(int Page, byte[] Bytes)> pages, long sequence)
    {
        foreach ((int page, byte[] bytes) in pages)
        {
            byte version = page < _pageVersions.Count ? (byte)(_pageVersions[page] ^ 1) : (byte)0;
            ulong checksum = TablePage.Seal(bytes, page, sequence);
            Write(_table, TablePage.PlaceOf(page, version), bytes);
            _written[page] = (version, checksum);
        }
    }

    /// <summary>The checksum over a table of so many pages, with those that were written for the next superblock.</summary>
    public ulong TableChecksum(int pages)
    {
        var checksums = new List<ulong>(_pageChecksums);
        foreach ((int page, (_, ulong checksum)) in _written)
        {
            while (checksums.Count <= page)
            {
                checksums.Add(0);
            }

            checksums[page] = checksum;
        }

        return ChecksumOf(CollectionsMarshal.AsSpan(checksums)[..Math.Min(pages, checksums.Count)]);
    }

    public void WriteCounts(int row, int version, ReadOnlySpan<byte> counts) => Write(_counts, CountsPlace(row, version), counts);

    public void ReadCounts(int row, int version, Span<byte> counts)
    {
        int read = _counts.Read(CountsPlace(row, version), counts);
        counts[read..].Clear();
    }

    /// <summary>Writes the pending releases, three words each, to the unused one of the two files; returns their checksum.</summary>
    public ulong WriteReleases(byte file, ReadOnlySpan<ulong> words)
    {
        byte[] bytes = new byte[words.Length * sizeof(ulong)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), words[i]);
        }

        if (bytes.Length > 0)
        {
            Write(_releases[file], 0, bytes);
        }

        return BlockChecksum.Compute(bytes);
    }

    public ulong[] ReadReleases(Superblock superblock)
    {
        long length = superblock.ReleaseCount * 3L * sizeof(ulong);
        if (length > _releases[superblock.ReleaseFile].Length)
        {
            throw new PoolCorruptedException(_releases[superblock.ReleaseFile].Name, $"the list of pending releases ends before its {superblock.ReleaseCount} entries");
        }

        byte[] bytes = new byte[length];
        int read = bytes.Length == 0 ? 0 : _releases[superblock.ReleaseFile].Read(0, bytes);
        if (read != bytes.Length || BlockChecksum.Compute(bytes) != superblock.ReleaseChecksum)
        {
            throw new PoolCorruptedException(_releases[superblock.ReleaseFile].Name, "the list of pending releases is damaged");
        }

        return MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
    }

    /// <summary>
    /// Takes the space for rows of the table and their counts before a segment needs them, so that a checkpoint finds it on a full device.
    /// The pool's gate held.
    /// </summary>
    /// <param name="rows">Rows that are free in the valid superblock too: what lies in their places is written over.</param>
    /// <param name="slots">Counts in a row.</param>
    /// <exception cref="PoolFullException">There is none.</exception>
    public void Cover(IEnumerable<int> rows, int slots)
    {
        foreach (int row in rows)
        {
            if (_covered.GetValueOrDefault(row) < slots)
            {
                byte[] zeros = new byte[slots * sizeof(uint)];
                _counts.Write(CountsPlace(row, 0), zeros);
                _counts.Write(CountsPlace(row, 1), zeros);
                _table.Allocate(TablePage.PlaceOf((row / TablePage.RowsPerPage) + 1, 0));
                _covered[row] = slots;
            }
        }
    }

    /// <summary>Makes the table, the counts and the releases durable.</summary>
    public void Flush(bool countsWritten, bool releasesWritten, byte releaseFile)
    {
        _table.Flush();
        if (countsWritten)
        {
            _counts.Flush();
        }

        if (releasesWritten)
        {
            _releases[releaseFile].Flush();
        }
    }

    public void Dispose()
    {
        _superblocks[0].Dispose();
        _superblocks[1].Dispose();
        _table.Dispose();
        _counts.Dispose();
        _releases[0].Dispose();
        _releases[1].Dispose();
    }

    private List<PlacedPage> ReadPages(Superblock superblock)
    {
        var pages = new List<PlacedPage>();
        for (int index = 0; index < superblock.TablePages; index++)
        {
            pages.Add(ReadPage(superblock, index));
        }

        if (ChecksumOf([.. pages.Select(page => page.Checksum)]) != superblock.TableChecksum)
        {
            throw new PoolCorruptedException(TableName, "the segment table is not the one the superblock names: a page was lost or an older copy put back");
        }

        return pages;
    }

    // Of the two places the one that was written last, but not for a superblock after this one.
    private PlacedPage ReadPage(Superblock superblock, int index)
    {
        PlacedPage? best = null;
        long bestSequence = -1;
        bool hidesLeftOver = false;
        for (byte version = 0; version < 2; version++)
        {
            byte[] page = new byte[TablePage.Bytes];
            if (_table.Read(TablePage.PlaceOf(index, version), page) != page.Length || !TablePage.TryOpen(page, index, out long sequence, out ulong checksum))
            {
                continue;
            }

            if (sequence > superblock.Sequence)
            {
                ThrowIfSuperseded(superblock, sequence);
                hidesLeftOver = true;
            }
            else if (sequence > bestSequence)
            {
                best = new PlacedPage(page, version, checksum, HidesLeftOver: false);
                bestSequence = sequence;
            }
        }

        return (best ?? throw new PoolCorruptedException(TableName, $"page {index} of the segment table is damaged in both places")) with { HidesLeftOver = hidesLeftOver };
    }

    private static ulong ChecksumOf(ReadOnlySpan<ulong> checksums) => BlockChecksum.Compute(MemoryMarshal.AsBytes(checksums));

    // The checkpoint that follows a superblock has the next number, and may have stopped before its superblock was durable. One that
    // follows a clean superblock comes after another superblock, which says that it is clean no more.
    private static void ThrowIfSuperseded(Superblock superblock, long sequence)
    {
        if (superblock.Clean || sequence > superblock.Sequence + 1)
        {
            throw new PoolCorruptedException(
                SuperblockName,
                $"superblock {superblock.Sequence} is the newest that is whole, but checkpoint {sequence} wrote the segment table after a later one: that was lost, or an older copy of the files was put back");
        }
    }

    private void Write(IDeviceFile file, long offset, ReadOnlySpan<byte> bytes) => YieldingWrite.Run(file, offset, bytes, GiveUpSpace);

    private long CountsPlace(int row, int version) => ((row * 2L) + version) * _countsStride;

    private void Remember(int page, byte version, ulong checksum)
    {
        while (_pageChecksums.Count <= page)
        {
            _pageChecksums.Add(0);
            _pageVersions.Add(1);
        }

        _pageChecksums[page] = checksum;
        _pageVersions[page] = version;
    }

    // A page of the table with the place it was read from; its other place may hold what a checkpoint wrote that never became valid.
    private sealed record PlacedPage(byte[] Bytes, byte Version, ulong Checksum, bool HidesLeftOver);
}
