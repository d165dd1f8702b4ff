using BlockSnap.Primitives;

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

    /// <summary>
    /// Runs until it is cancelled, which is its normal end: no exception tells of it. A run under way ends between two disks. A run that failed is
    /// tried again after one <see cref="PolicyRunnerOptions.Interval"/>. Its part that deletes what has outlived its retention is tried again after
    /// one interval too, then after twice as long with each failure, up to <see cref="PolicyRunnerOptions.ExpiryInterval"/>.
    /// </summary>
    /// <exception cref="PoolFaultedException">The device failed: the pool must be opened again.</exception>
    /// <exception cref="PoolReadOnlyException">The pool is only read.</exception>
    /// <exception cref="ObjectDisposedException">The pool was closed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeProvider time = _pool.TimeProvider;
        var pace = new RetryPace(_options.Interval, _options.ExpiryInterval);
        long expiredAt = 0;
        TimeSpan expiryWait = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                bool expire = time.GetElapsedTime(expiredAt) >= expiryWait;
                bool done = await RunOnceAsync(expire, cancellationToken).ConfigureAwait(false);
                if (expire)
                {
                    expiredAt = time.GetTimestamp();
                    expiryWait = pace.WaitAfter(done);
                }

                // Until the clock shows a whole multiple of the interval: so the beginning of an hour is met.
                var sinceMultiple = new TimeSpan(time.GetUtcNow().Ticks % _options.Interval.Ticks);
                await Task.Delay(_options.Interval - sinceMultiple, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // False when it failed and is to be tried again.
    private async Task<bool> RunOnceAsync(bool expire, CancellationToken cancellationToken)
    {
        try
        {
            PolicyRunResult result = await _pool.Policies.RunAsync(new PolicyRunOptions { Expire = expire }, cancellationToken).ConfigureAwait(false);
            if (result.HasEffect)
            {
                _options.Progress?.Report(result);
            }

            return true;
        }
        catch (BlockSnapException e) when (e is not (PoolFaultedException or PoolReadOnlyException))
        {
            _options.Failures?.Report(e); // no room, say: the next run may find some
            return false;
        }
    }
}
