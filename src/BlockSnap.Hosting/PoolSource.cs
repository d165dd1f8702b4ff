using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace BlockSnap.Hosting;

/// <summary>
/// A pool of a host: opened once, when the host starts or when somebody asks for it earlier, and closed with the host's services. Thread-safe.
/// </summary>
internal sealed class PoolSource : IDisposable, IAsyncDisposable
{
    private readonly Lazy<Task<DiskPool>> _pool;

    public PoolSource(IServiceProvider services, string name)
    {
        Name = name;
        Options = services.GetRequiredService<IOptionsMonitor<BlockSnapOptions>>().Get(name);
        Logger = services.GetService<ILoggerFactory>()?.CreateLogger("BlockSnap.Hosting") ?? NullLogger.Instance;
        DiskPoolOptions options = Options.Pool with
        {
            ExpiryInterval = null, // the runner does it, or nobody shall
            LoggerFactory = Options.Pool.LoggerFactory == NullLoggerFactory.Instance ? services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance : Options.Pool.LoggerFactory,
            TimeProvider = Options.Pool.TimeProvider == TimeProvider.System ? services.GetService<TimeProvider>() ?? TimeProvider.System : Options.Pool.TimeProvider,
        };
        _pool = new Lazy<Task<DiskPool>>(() => Options.CreateIfMissing ? DiskPool.OpenOrCreateAsync(Options.Directory, options) : DiskPool.OpenAsync(Options.Directory, options));
    }

    /// <summary>Empty for the one without a name.</summary>
    public string Name { get; }

    public BlockSnapOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>The last run of the policies in which something was due or expired.</summary>
    public PolicyRunResult? LastRun { get; set; }

    /// <summary>Whether the pool was opened.</summary>
    public bool IsOpen => _pool is { IsValueCreated: true, Value.IsCompletedSuccessfully: true };

    /// <summary>The pool. What is not open yet is opened, and waited for: opening needs no other thread of the caller's.</summary>
    public DiskPool Pool => _pool.Value.GetAwaiter().GetResult();

    public static PolicyRunnerOptions RunnerOptionsOf(BlockSnapOptions options, IProgress<PolicyRunResult>? progress = null, IProgress<Exception>? failures = null) =>
        new() { Interval = options.PolicyInterval, ExpiryInterval = options.ExpiryInterval, Progress = progress, Failures = failures };

    public Task<DiskPool> OpenAsync(CancellationToken cancellationToken) => _pool.Value.WaitAsync(cancellationToken);

    public void Dispose()
    {
        if (IsOpen)
        {
            Pool.Dispose();
        }
    }

    public ValueTask DisposeAsync() => IsOpen ? Pool.DisposeAsync() : ValueTask.CompletedTask;
}
