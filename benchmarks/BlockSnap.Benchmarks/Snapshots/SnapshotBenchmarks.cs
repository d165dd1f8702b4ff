using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;

namespace BlockSnap.Benchmarks.Snapshots;

/// <summary>
/// Flushes, snapshots and diffs on a device in memory: the pool's own time and what it allocates, without the time of a real device.
/// </summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private const long SizeBytes = 256L << 20;
    private const int BlockBytes = 4096;
    private const int LargeBytes = 1 << 20;
    private const string From = "from";
    private const string To = "to";
    private const string Made = "made";

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly MemoryDevice _device = new();
    private ulong _random = 1;
    private DiskPool _pool = null!;
    private IDisk _disk = null!;
    private IDisk _from = null!;
    private IDisk _to = null!;

    /// <summary>How many of 65,536 blocks were changed at random between the two snapshots that are compared.</summary>
    [Params(6, 655)]
    public int ChangedBlocks { get; set; }

    /// <summary>Makes a full disk with two snapshots.</summary>
    [GlobalSetup]
    public async Task SetUp()
    {
        _pool = await DiskPool.CreateAsync(_device, new DiskPoolOptions { SnapshotQuota = SnapshotQuota.Unlimited });
        _disk = await _pool.CreateDiskAsync("disk", SizeBytes);
        byte[] noise = new byte[LargeBytes];
        var random = new Random(1);
        for (long offset = 0; offset < SizeBytes; offset += LargeBytes)
        {
            random.NextBytes(noise);
            _disk.Write(offset, noise);
        }

        random.NextBytes(_block);
        await _disk.Chain.CreateAsync(From);
        for (int i = 0; i < ChangedBlocks; i++)
        {
            WriteRandomBlock();
        }

        await _disk.Chain.CreateAsync(To);
        _from = _disk.Chain.Open(From);
        _to = _disk.Chain.Open(To);
    }

    /// <summary>Deletes what was made.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _from.Dispose();
        _to.Dispose();
        _disk.Dispose();
        _pool.Dispose();
        _device.Dispose();
    }

    /// <summary>One block and its flush.</summary>
    [Benchmark]
    public void WriteAndFlush()
    {
        WriteRandomBlock();
        _disk.Flush();
    }

    /// <summary>A snapshot of a changed disk, and its deletion.</summary>
    [Benchmark]
    public async Task CreateAndDeleteSnapshot()
    {
        WriteRandomBlock();
        await _disk.Chain.CreateAsync(Made);
        await _disk.Chain.DeleteAsync([Made]);
    }

    /// <summary>The extents that differ between the two snapshots.</summary>
    [Benchmark]
    public long Diff()
    {
        long changedBytes = 0;
        foreach (ChangedExtent extent in _pool.DiffAsync(_from, _to).ToBlockingEnumerable())
        {
            changedBytes += extent.Length;
        }

        return changedBytes;
    }

    private void WriteRandomBlock()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        BinaryPrimitives.WriteUInt64LittleEndian(_block, _random);
        _disk.Write((long)Math.BigMul(_random, (ulong)(SizeBytes / BlockBytes), out _) * BlockBytes, _block);
    }
}
