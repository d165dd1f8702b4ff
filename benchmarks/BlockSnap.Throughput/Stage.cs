namespace BlockSnap.Throughput;

/// <summary>
/// What the workloads run on: the raw file, the file on which F is measured, and pools, which are made when first asked for and kept as long
/// as the next workload needs them too. All of it lies in one directory, which is deleted at the end.
/// </summary>
internal sealed class Stage : IDisposable
{
    private readonly RunDirectory _directory;
    private readonly Dictionary<PoolSpec, PoolUnderTest> _pools = [];
    private readonly Action<string> _progress;
    private RawFile? _raw;
    private int _poolsMade;

    /// <summary>Makes the directory.</summary>
    public Stage(RunOptions options, Action<string> progress)
    {
        Options = options;
        _progress = progress;
        _directory = new RunDirectory(options.Directory, "blocksnap-throughput");
        FlushUnit = new FlushUnit(Path.Join(Directory, "flush-unit"));
        Pairs = new PairedRun(options);
    }

    public RunOptions Options { get; }

    public string Directory => _directory.Path;

    public FlushUnit FlushUnit { get; }

    public PairedRun Pairs { get; }

    /// <summary>The raw file in the page-cache state that is asked for.</summary>
    public RawFile Raw(PageCacheState state)
    {
        if (_raw is null)
        {
            _raw = new RawFile(Path.Join(Directory, "raw"), Options.Size);
        }

        _progress($"raw file: page cache by {state}");
        _raw.Prepare(state);
        return _raw;
    }

    /// <summary>The pool of that specification in that layout; made anew when order matters and it has been written to since.</summary>
    public PoolUnderTest Pool(PoolSpec spec, PoolLayout layout = PoolLayout.Any)
    {
        if (_pools.TryGetValue(spec, out PoolUnderTest? pool) && layout == PoolLayout.InOrder && pool.Layout != layout)
        {
            Drop(spec);
            pool = null;
        }

        if (pool is null)
        {
            _progress($"making a pool: {Describe(spec)}");
            pool = PoolUnderTest.Create(Path.Join(Directory, $"pool-{++_poolsMade}"), spec);
            _pools.Add(spec, pool);
        }

        if (layout == PoolLayout.Scattered && pool.Layout != layout)
        {
            _progress("writing every block once more in random order");
            pool.Scatter();
        }

        Quiet.Wait();
        return pool;
    }

    /// <summary>Deletes all pools but these.</summary>
    public void Keep(IReadOnlyCollection<PoolSpec> specs)
    {
        foreach (PoolSpec spec in _pools.Keys.Except(specs).ToArray())
        {
            Drop(spec);
        }
    }

    public void Dispose()
    {
        Keep([]);
        _raw?.Dispose();
        FlushUnit.Dispose();
        _directory.Dispose();
    }

    private static string Describe(PoolSpec spec)
    {
        string snapshots = spec.Snapshots ? " with a snapshot each" : "";
        return $"disk {ByteSize.Format(spec.DiskBytes)}, {ByteSize.Format(spec.WrittenBytes)} written, "
            + $"{spec.ChangeSteps} times changed{snapshots}, {spec.Clones} clones";
    }

    private void Drop(PoolSpec spec)
    {
        _pools.Remove(spec, out PoolUnderTest? pool);
        pool?.Dispose();
    }
}
