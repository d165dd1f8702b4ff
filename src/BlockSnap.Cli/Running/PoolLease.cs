namespace BlockSnap.Cli;

/// <summary>A pool for the time of one command: opened for it and closed with it, or one that is being served and goes on.</summary>
/// <param name="pool">The pool.</param>
/// <param name="closes">Whether the end of the lease closes it, which flushes.</param>
internal sealed class PoolLease(DiskPool pool, bool closes) : IAsyncDisposable
{
    public DiskPool Pool => pool;

    public ValueTask DisposeAsync() => closes ? pool.DisposeAsync() : ValueTask.CompletedTask;
}
