using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;

namespace BlockSnap.Benchmarks.Disks;

/// <summary>
/// Reads and writes of a full disk at random: the time of one, and what it allocates. Nothing is flushed: BlockSnap.Throughput measures
/// durable writes, and throughput beside a raw file.
/// </summary>
[MemoryDiagnoser]
public class DiskBenchmarks
{
    private const long SizeBytes = 256L << 20;
    private const int BlockBytes = 4096;
    private const int LargeBytes = 1 << 20;

    // Half a sector after the start of a block, so that parts of two blocks are touched.
    private const int UnalignedBytes = 256;

    private readonly byte[] _large = new byte[LargeBytes];
    private readonly byte[] _block = new byte[BlockBytes];
    private ulong _random = 1;
    private MemoryDevice? _device;
    private string? _directory;
    private DiskPool _pool = null!;
    private IDisk _disk = null!;

    /// <summary>Where the bytes are.</summary>
    [Params(DiskStorage.Memory, DiskStorage.Directory)]
    public DiskStorage Storage { get; set; }

    /// <summary>Makes a pool and writes the whole disk with data that no pool can store smaller.</summary>
    [GlobalSetup]
    public async Task SetUp()
    {
        if (Storage == DiskStorage.Memory)
        {
            _device = new MemoryDevice();
            _pool = await DiskPool.CreateAsync(_device);
        }
        else
        {
            _directory = Directory.CreateTempSubdirectory("blocksnap-benchmarks-").FullName;
            _pool = await DiskPool.CreateAsync(Path.Join(_directory, "pool"));
        }

        _disk = await _pool.CreateDiskAsync("disk", SizeBytes);
        var noise = new Random(1);
        noise.NextBytes(_block);
        for (long offset = 0; offset < SizeBytes; offset += LargeBytes)
        {
            noise.NextBytes(_large);
            _disk.Write(offset, _large);
        }

        _disk.Flush();
    }

    /// <summary>Deletes what was made.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _disk.Dispose();
        _pool.Dispose();
        _device?.Dispose();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    /// <summary>One whole block.</summary>
    [Benchmark]
    public void Read4K() => _disk.Read(NextOffset(BlockBytes), _block);

    /// <summary>One whole block through the asynchronous call.</summary>
    [Benchmark]
    public ValueTask Read4KAsync() => _disk.ReadAsync(NextOffset(BlockBytes), _block);

    /// <summary>Parts of two blocks.</summary>
    [Benchmark]
    public void Read4KUnaligned() => _disk.Read(NextUnalignedOffset(), _block);

    /// <summary>256 blocks, in the order in which they were written while nothing else wrote.</summary>
    [Benchmark]
    public void Read1M() => _disk.Read(NextOffset(LargeBytes), _large);

    /// <summary>One whole block.</summary>
    [Benchmark]
    public void Write4K() => _disk.Write(NextOffset(BlockBytes), Stamp(_block));

    /// <summary>One whole block through the asynchronous call.</summary>
    [Benchmark]
    public ValueTask Write4KAsync()
    {
        Stamp(_block);
        return _disk.WriteAsync(NextOffset(BlockBytes), _block);
    }

    /// <summary>Parts of two blocks: both are read, changed and written.</summary>
    [Benchmark]
    public void Write4KUnaligned() => _disk.Write(NextUnalignedOffset(), Stamp(_block));

    /// <summary>256 blocks.</summary>
    [Benchmark]
    public void Write1M() => _disk.Write(NextOffset(LargeBytes), Stamp(_large));

    private long NextOffset(int alignment) => (long)Math.BigMul(NextRandom(), (ulong)(SizeBytes / alignment), out _) * alignment;

    private long NextUnalignedOffset() =>
        ((long)Math.BigMul(NextRandom(), (ulong)((SizeBytes / BlockBytes) - 1), out _) * BlockBytes) + UnalignedBytes;

    // xorshift64*: a nanosecond, where a block read is hundreds.
    private ulong NextRandom()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 0x2545F4914F6CDD1D;
    }

    // Makes every block that is written a new one: a pool may notice a write that changes nothing.
    private byte[] Stamp(byte[] data)
    {
        for (int at = 0; at < data.Length; at += BlockBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(at), NextRandom());
        }

        return data;
    }
}
