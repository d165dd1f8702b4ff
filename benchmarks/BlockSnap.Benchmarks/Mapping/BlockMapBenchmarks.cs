using BenchmarkDotNet.Attributes;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Storage;

namespace BlockSnap.Benchmarks.Mapping;

/// <summary>Lookup and change of a map in memory: the part of a read or write that is not copying, checksums or the device.</summary>
[MemoryDiagnoser]
public class BlockMapBenchmarks
{
    private const int Lookups = 4096;

    private readonly long[] _indices = new long[Lookups];
    private NodeCache _cache = null!;
    private ReferenceQueue _references = null!;
    private BlockMap _map = null!;
    private MapHead _head = null!;

    /// <summary>Blocks of the disk, all mapped.</summary>
    [Params(1 << 16, 1 << 20)]
    public int Blocks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _cache = new NodeCache(256 << 20);
        _references = new ReferenceQueue();
        _map = new BlockMap(_cache, _references);
        _head = new MapHead(1, MapRoot.Empty(MapRoot.HeightFor(Blocks)));
        for (long index = 0; index < Blocks; index++)
        {
            Change(index);
        }

        var random = new Random(1);
        for (int i = 0; i < Lookups; i++)
        {
            _indices[i] = random.Next(Blocks);
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _cache.Dispose();

    [Benchmark(OperationsPerInvoke = Lookups)]
    public ulong Lookup()
    {
        ulong sum = 0;
        foreach (long index in _indices)
        {
            _map.TryGet(_head.Root, index, out NodeEntry entry, out _);
            sum += entry.Value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public void ChangeInPlace()
    {
        foreach (long index in _indices)
        {
            Change(index);
        }

        _references.Take();
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public void ChangeAfterAFreeze()
    {
        MapRoot frozen = _map.Freeze(_head, 0);
        foreach (long index in _indices)
        {
            Change(index);
        }

        _map.Release(frozen);
        _references.Take();
    }

    private void Change(long index)
    {
        _map.TryPrepare(_head, index, out _);
        _map.Set(_head, index, NodeEntry.Of(new BlockId(1 + index, 1, 3), (ulong)index));
        if (_references.Length > 1 << 20)
        {
            _references.Take();
        }
    }
}
