using BenchmarkDotNet.Attributes;

namespace BlockSnap.Benchmarks.Diffing;

/// <summary>The zero test and the comparison of two states. The ceiling of a diff is the comparison of two equal spans.</summary>
[MemoryDiagnoser]
public class BlockDifferBenchmarks
{
    private const int BlockSize = 4096;

    private readonly byte[] _zeros = new byte[BlockSize];
    private readonly ChangedExtent[] _extents = new ChangedExtent[1024];
    private byte[] _before = [];
    private byte[] _after = [];

    /// <summary>How many of 1,000 blocks differ.</summary>
    [Params(0, 10, 500)]
    public int ChangedPerMille { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _before = new byte[1000 * BlockSize];
        random.NextBytes(_before);
        _after = (byte[])_before.Clone();
        for (int change = 0; change < ChangedPerMille; change++)
        {
            random.NextBytes(_after.AsSpan(random.Next(1000) * BlockSize, BlockSize));
        }
    }

    [Benchmark(Baseline = true)]
    public bool EqualityOfEqualSpans() => _before.AsSpan().SequenceEqual((ReadOnlySpan<byte>)_before);

    [Benchmark]
    public int Diff() => BlockDiffer.Diff(_before, _after, BlockSize, _extents, out _);

    [Benchmark]
    public long Enumerate()
    {
        long changedBytes = 0;
        foreach (ChangedExtent extent in BlockDiffer.Enumerate(_before, _after, BlockSize))
        {
            changedBytes += extent.Length;
        }

        return changedBytes;
    }

    [Benchmark]
    public bool ZeroTestOfOneBlock() => BlockDiffer.IsZero(_zeros);
}
