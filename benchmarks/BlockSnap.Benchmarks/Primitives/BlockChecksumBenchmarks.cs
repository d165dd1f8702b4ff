using BenchmarkDotNet.Attributes;

namespace BlockSnap.Benchmarks.Primitives;

/// <summary>The checksum of one block, hot in the cache. The ceiling is a copy of the same block.</summary>
[MemoryDiagnoser]
public class BlockChecksumBenchmarks
{
    private byte[] _block = [];
    private byte[] _copy = [];

    /// <summary>Bytes: a record header, the smallest block, the default block, the largest block in the first cache, the largest.</summary>
    [Params(64, 512, 4096, 16384, 1 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _block = new byte[LengthBytes];
        _copy = new byte[LengthBytes];
        new Random(1).NextBytes(_block);
    }

    [Benchmark(Baseline = true)]
    public void Copy() => _block.AsSpan().CopyTo(_copy);

    [Benchmark]
    public ulong Checksum() => BlockChecksum.Compute(_block);
}
