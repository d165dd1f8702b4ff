namespace BlockSnap;

/// <summary>
/// Runs the policies of an open pool, again and again until it is told to stop: makes the snapshots that are due and deletes what has outlived
/// its retention, by the pool's clock. One runner per pool is enough, but two do no harm. Thread-safe.
/// </summary>
public sealed class PolicyRunner
{
    private readonly DiskPool _pool;
    private readonly PolicyRunnerOptions _options;

    /// <summary>Makes a runner, which does nothing until <see cref="RunAsync"/> is called.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PolicyRunner(DiskPool pool, PolicyRunnerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _pool = pool;
        _options = options ?? new PolicyRunnerOptions();
        _options.Validate();
    }

    /// <summary>Runs until it is cancelled, which is its normal end: no exception tells of it. A run under way ends between two disks.</summary>
    /// <exception cref="PoolFaultedException">The device failed: the pool must be opened again.</exception>
    /// <exception cref="PoolReadOnlyException">The pool is only read.</exception>
    /// <exception cref="ObjectDisposedException">The pool was closed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = _pool.TimeProvider;
        long? expiredAt = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                bool expire = expiredAt is not { } last || time.GetElapsedTime(last) >= _options.ExpiryInterval;
                await RunOnceAsync(expire, cancellationToken).ConfigureAwait(false);
                expiredAt = expire ? time.GetTimestamp() : expiredAt;
                await Task.Delay(_options.Interval - new TimeSpan(time.GetUtcNow().Ticks % _options.Interval.Ticks), time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RunOnceAsync(bool expire, CancellationToken cancellationToken)
    {
        try
        {
            PolicyRunResult result = await _pool.Policies.RunAsync(new PolicyRunOptions { Expire = expire }, cancellationToken).ConfigureAwait(false);
            if (result.HasEffect)
            {
                _options.Progress?.Report(result);
            }
        }
        catch (BlockSnapException e) when (e is not (PoolFaultedException or PoolReadOnlyException))
        {
            _options.Failures?.Report(e); // no room, say: the next run may find some
        }
    }
}
