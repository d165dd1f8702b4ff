using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>
/// The files a checkpoint writes besides the log: the superblock and its copy, the segment table, the counts and the pending releases.
/// Everything but the superblock has two places, and a checkpoint writes only the one that the valid superblock does not use; so it can stop
/// anywhere. Not thread-safe: the checkpoint lock guards it.
/// </summary>
internal sealed partial class CheckpointFiles : IDisposable
{
    public const string TableName = "segments";
    public const string CountsName = "counts";

    /// <summary>Words of 64 bits that an entry of the pending releases has.</summary>
    public const int WordsPerRelease = 3;

    private const string ReleasesName0 = "releases-0";
    private const string ReleasesName1 = "releases-1";

    private readonly IStorageDevice _device;
    private readonly IDeviceFile[] _superblocks;
    private readonly IDeviceFile _table;
    private readonly IDeviceFile _counts;
    private readonly IDeviceFile[] _releases;
    private readonly int _countsStride;

    // By row, how many counts both of its places have space for; under the pool's gate.
    private readonly Dictionary<int, int> _covered = [];
    private readonly List<ulong> _pageChecksums = [];
    private readonly List<byte> _pageVersions = [];

    // Pages written since the last superblock; the next one makes them valid. A checkpoint that stopped before that is made again, into the
    // same places.
    private readonly SortedDictionary<int, (byte Version, ulong Checksum)> _written = [];

    // Pages whose unused place holds what a checkpoint wrote that never became valid, each with its valid bytes.
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
            _releases = [Open(ReleasesName0), Open(ReleasesName1)];
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

    /// <summary>Bytes of these files on the device, without the counts.</summary>
    public long Bytes => _superblocks[0].Length + _superblocks[1].Length + _table.Length + _releases[0].Length + _releases[1].Length;

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

    /// <summary>
    /// Reads the pages of the table that belongs to a superblock and proves them. It takes note of nothing: a check may call it at any time, and
    /// may fail half way.
    /// </summary>
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
    /// Writes the valid content over pages that a checkpoint left which never became valid, and flushes it. Those pages bear the number that the
    /// next superblock gets, and it would make them valid.
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

    /// <summary>The checksum of a table of so many pages, those included that were written for the next superblock.</summary>
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

    /// <summary>
    /// Writes the pending releases, <see cref="WordsPerRelease"/> words each, to the unused one of the two files; returns their checksum.
    /// </summary>
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
        IDeviceFile file = _releases[superblock.ReleaseFile];
        long length = (long)superblock.ReleaseCount * WordsPerRelease * sizeof(ulong);
        if (length > file.Length)
        {
            throw new PoolCorruptedException(file.Name, $"the list of pending releases ends before its {superblock.ReleaseCount} entries");
        }

        byte[] bytes = new byte[length];
        int read = bytes.Length == 0 ? 0 : file.Read(0, bytes);
        if (read != bytes.Length || BlockChecksum.Compute(bytes) != superblock.ReleaseChecksum)
        {
            throw new PoolCorruptedException(file.Name, "the list of pending releases is damaged");
        }

        return MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
    }

    /// <summary>
    /// Takes the space for rows of the table and their counts before a segment needs them, so that a checkpoint finds it on a full device.
    /// The pool's gate held.
    /// </summary>
    /// <param name="rows">Rows that are free in the valid superblock too: what lies in their places is written over.</param>
    /// <param name="slots">Counts in a row.</param>
    /// <exception cref="PoolFullException">There is no space.</exception>
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
            throw new PoolCorruptedException(
                TableName,
                "the segment table is not the one the superblock names: a page was lost or an older copy put back");
        }

        return pages;
    }

    // Reads the place that was written last, but not for a superblock after this one.
    private PlacedPage ReadPage(Superblock superblock, int index)
    {
        PlacedPage? best = null;
        long bestSequence = -1;
        bool hidesLeftOver = false;
        for (byte version = 0; version < 2; version++)
        {
            byte[] page = new byte[TablePage.Bytes];
            if (_table.Read(TablePage.PlaceOf(index, version), page) != page.Length
                || !TablePage.TryOpen(page, index, out long sequence, out ulong checksum))
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

        return best is null
            ? throw new PoolCorruptedException(TableName, $"page {index} of the segment table is damaged in both places")
            : best with { HidesLeftOver = hidesLeftOver };
    }

    private static ulong ChecksumOf(ReadOnlySpan<ulong> checksums) => BlockChecksum.Compute(MemoryMarshal.AsBytes(checksums));

    // The checkpoint that follows a superblock has the next number, and may have stopped before its own superblock was durable. After a clean
    // superblock there is another one before the next checkpoint: it says that the log goes on.
    private static void ThrowIfSuperseded(Superblock superblock, long sequence)
    {
        if (superblock.Clean || sequence > superblock.Sequence + 1)
        {
            throw new PoolCorruptedException(
                SuperblockName,
                $"superblock {superblock.Sequence} is the newest that is whole, but checkpoint {sequence} wrote the segment table after a later one: "
                + "that was lost, or an older copy of the files was put back");
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

    // A page of the table and the place it was read from. HidesLeftOver: its other place holds what a checkpoint wrote that never became valid.
    private sealed record PlacedPage(byte[] Bytes, byte Version, ulong Checksum, bool HidesLeftOver);
}
