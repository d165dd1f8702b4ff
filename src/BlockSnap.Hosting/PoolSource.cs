using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace BlockSnap.Hosting;

/// <summary>
/// A pool of a host. It is opened once, when the host starts or somebody asks for it earlier, and closed with the host's services.
/// Thread-safe.
/// </summary>
internal sealed class PoolSource : IDisposable, IAsyncDisposable
{
    private readonly Lazy<Task<DiskPool>> _pool;

    public PoolSource(IServiceProvider services, string name)
    {
        Name = name;
        Options = services.GetRequiredService<IOptionsMonitor<BlockSnapOptions>>().Get(name);
        Logger = services.GetService<ILoggerFactory>()?.CreateLogger("BlockSnap.Hosting") ?? NullLogger.Instance;
        DiskPoolOptions options = PoolOptionsOf(Options.Pool, services);
        _pool = new Lazy<Task<DiskPool>>(() => Options.CreateIfMissing
            ? DiskPool.OpenOrCreateAsync(Options.Directory, options)
            : DiskPool.OpenAsync(Options.Directory, options));
    }

    /// <summary>The pool's name; empty for the one without a name.</summary>
    public string Name { get; }

    public BlockSnapOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>The last run of the policies in which something was due or expired.</summary>
    public PolicyRunResult? LastRun { get; set; }

    /// <summary>Whether the pool was opened.</summary>
    public bool IsOpen => _pool is { IsValueCreated: true, Value.IsCompletedSuccessfully: true };

    /// <summary>The pool. If it is not open yet, the caller waits for that. It cannot deadlock: opening never needs the caller's thread.</summary>
    public DiskPool Pool => _pool.Value.GetAwaiter().GetResult();

    public static PolicyRunnerOptions RunnerOptionsOf(
        BlockSnapOptions options, IProgress<PolicyRunResult>? progress = null, IProgress<Exception>? failures = null) => new()
        {
            Interval = options.PolicyInterval,
            ExpiryInterval = options.ExpiryInterval,
            Progress = progress,
            Failures = failures,
        };

    public Task<DiskPool> OpenAsync(CancellationToken cancellationToken) => _pool.Value.WaitAsync(cancellationToken);

    public void Dispose()
    {
        if (IsOpen)
        {
            Pool.Dispose();
        }
    }

    public ValueTask DisposeAsync() => IsOpen ? Pool.DisposeAsync() : ValueTask.CompletedTask;

    // The logs and the clock are the host's, unless the options name others. The policy runner deletes what expires; where it does not run,
    // nothing does.
    private static DiskPoolOptions PoolOptionsOf(DiskPoolOptions given, IServiceProvider services)
    {
        bool namesLogs = given.LoggerFactory != NullLoggerFactory.Instance;
        bool namesClock = given.TimeProvider != TimeProvider.System;
        return given with
        {
            ExpiryInterval = null,
            LoggerFactory = namesLogs ? given.LoggerFactory : services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            TimeProvider = namesClock ? given.TimeProvider : services.GetService<TimeProvider>() ?? TimeProvider.System,
        };
    }
}
