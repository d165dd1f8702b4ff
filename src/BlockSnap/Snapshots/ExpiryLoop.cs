using System.Runtime.ExceptionServices;
using BlockSnap.Pools;
using BlockSnap.Primitives;

namespace BlockSnap.Snapshots;

/// <summary>
/// Deletes what has outlived its retention, again and again while the pool is open. The first look comes some time after the opening, so that whoever
/// opened the pool to keep something longer comes first. After a look that failed the next one comes sooner than the interval says.
/// </summary>
internal sealed class ExpiryLoop : IDisposable
{
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMinutes(1);

    private readonly PoolCore _core;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    public ExpiryLoop(PoolCore core, TimeSpan interval)
    {
        _core = core;
        _work = RunAsync(interval, _stop.Token);
    }

    /// <summary>Starts one where the options of a pool ask for it; null elsewhere.</summary>
    public static ExpiryLoop? Start(PoolCore core) =>
        core.Options is { ExpiryInterval: { } interval, HasThreads: true, ReadOnly: false } ? new ExpiryLoop(core, interval) : null;

    /// <summary>Ends it; a look under way ends between two disks. Throws what ended it before, or what keeps it from being ended.</summary>
    public void Dispose()
    {
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException e) when (e.InnerExceptions is [var only])
        {
            ExceptionDispatchInfo.Throw(only); // the runtime, without memory or descriptors for what the wait needs to end
        }

        _work.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task RunAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        var pace = new RetryPace(s_firstLook, interval);
        bool done = false;
        while (true)
        {
            try
            {
                await Task.Delay(pace.WaitAfter(done), _core.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
                done = false;
                await Expiry.RunAsync(_core, dryRun: false, cancellationToken).ConfigureAwait(false);
                done = true;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (PoolFaultedException)
            {
                return; // everybody who uses the pool is told
            }
            catch (BlockSnapException e)
            {
                _core.Diary.ExpiryFailed(e); // perhaps there was no space: the next look may find some
            }
        }
    }
}
