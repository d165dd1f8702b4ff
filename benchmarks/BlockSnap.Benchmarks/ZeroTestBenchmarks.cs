using BenchmarkDotNet.Attributes;

namespace BlockSnap.Benchmarks;

/// <summary>The ceiling of every all-zero test: one vectorised pass over a block.</summary>
public class ZeroTestBenchmarks
{
    private readonly byte[] _block = new byte[64 * 1024];

    /// <summary>Block size in bytes.</summary>
    [Params(4096, 65536)]
    public int SizeBytes { get; set; }

    /// <summary>A block of zeros: the whole of it is read.</summary>
    [Benchmark]
    public bool AllZero() => _block.AsSpan(0, SizeBytes).IndexOfAnyExcept((byte)0) < 0;
}
