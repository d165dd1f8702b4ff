using BlockSnap.Catalogs;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>Runs hooks round a freeze (R45).</summary>
internal static class HookedFreeze
{
    /// <summary>Calls <paramref name="freeze"/> between the hooks. No other change of the chains comes in between.</summary>
    /// <param name="core">The pool.</param>
    /// <param name="chains">The chains that are frozen.</param>
    /// <param name="hooks">The hooks, or null for none.</param>
    /// <param name="freeze">Freezes; called with the level that was reached and, if there are hooks, the change of the chains under way.</param>
    /// <param name="cancellationToken">Honoured before the freeze only.</param>
    public static async Task<T> RunAsync<T>(
        PoolCore core,
        IReadOnlyList<ChainState> chains,
        SnapshotHooks? hooks,
        Func<SnapshotConsistency, ChainChange?, T> freeze,
        CancellationToken cancellationToken)
    {
        if (hooks is null)
        {
            return freeze(SnapshotConsistency.Crash, null);
        }

        using ChainChange change = core.BeginChange(chains, "a snapshot is being made");
        Exception? afterFailure;
        T result;
        try
        {
            result = freeze(await PrepareAsync(core, hooks, cancellationToken).ConfigureAwait(false), change);
        }
        finally
        {
            afterFailure = await CallAsync(core, hooks, hooks.AfterFreeze, CancellationToken.None).ConfigureAwait(false);
        }

        if (afterFailure is not null)
        {
            await core.FlushAsync().ConfigureAwait(false); // the snapshot was made, and shall survive a crash
            throw new SnapshotHookException(isBeforeFreeze: false, afterFailure);
        }

        return result;
    }

    private static async Task<SnapshotConsistency> PrepareAsync(PoolCore core, SnapshotHooks hooks, CancellationToken cancellationToken)
    {
        if (hooks.BeforeFreeze is null)
        {
            return SnapshotConsistency.Crash;
        }

        Exception? failure = await CallAsync(core, hooks, hooks.BeforeFreeze, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return failure is null ? hooks.Level
            : hooks.Required ? throw new SnapshotHookException(isBeforeFreeze: true, failure)
            : SnapshotConsistency.Crash;
    }

    // What the hook threw, or null. Whatever it is, it is no failure of the pool.
    private static async Task<Exception?> CallAsync(
        PoolCore core, SnapshotHooks hooks, Func<CancellationToken, Task>? hook, CancellationToken cancellationToken)
    {
        if (hook is null)
        {
            return null;
        }

        using var timeout = new CancellationTokenSource(hooks.Timeout, core.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await hook(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new TimeoutException($"it took longer than {hooks.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
