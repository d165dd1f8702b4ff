namespace BlockSnap.Cli;

/// <summary>The pool for the time of one command: opened for it and closed after it, or a served one that stays open.</summary>
/// <param name="pool">The pool.</param>
/// <param name="closes">Whether the end of the lease closes it, which flushes.</param>
internal sealed class PoolLease(DiskPool pool, bool closes) : IAsyncDisposable
{
    public DiskPool Pool => pool;

    public ValueTask DisposeAsync() => closes ? pool.DisposeAsync() : ValueTask.CompletedTask;
}
