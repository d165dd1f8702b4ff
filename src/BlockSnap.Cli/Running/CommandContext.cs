using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>What a command's body works with: its arguments, the console, and the way to the pool.</summary>
internal sealed class CommandContext(
    ParseResult arguments,
    CommandConsole console,
    bool json,
    CancellationToken cancellationToken,
    ServedPool? served)
{
    /// <summary>How a command opens a pool. A command does only what it says, so no snapshots expire while it has the pool open.</summary>
    public static DiskPoolOptions PoolOptions { get; } = new() { ExpiryInterval = null };

    public CommandConsole Console => console;

    /// <summary>Whether standard output carries one JSON document and nothing else.</summary>
    public bool Json => json;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Whether this process serves the pool.</summary>
    public bool IsServed => served is not null;

    /// <summary>Cancelled when the serving process is about to end: commands that run until they are interrupted end then.</summary>
    public CancellationToken Stopping => served?.Stopping ?? CancellationToken.None;

    public T Get<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out, or null.</summary>
    public T? Find<T>(Argument<T> argument)
        where T : class => arguments.GetValue(argument);

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>Opens the pool that the command names. The body disposes the lease, which flushes, before anything is reported.</summary>
    public async Task<PoolLease> OpenPoolAsync(Argument<string> pool, DiskPoolOptions? options = null) => served is null
        ? new PoolLease(await DiskPool.OpenAsync(Get(pool), options ?? PoolOptions, cancellationToken), closes: true)
        : new PoolLease(served.Pool, closes: false); // the command came through the control socket in this very pool's directory

    /// <summary>Keeps NBD clients off a disk that is about to change under them. Without a server there are none, and the result is null.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="disconnect">Whether to disconnect clients that use the disk, rather than refuse.</param>
    /// <exception cref="ConflictException">Clients use the disk, and <paramref name="disconnect"/> is false.</exception>
    public async Task<IDisposable?> ReserveAsync(DiskId disk, bool disconnect)
    {
        try
        {
            return served is null ? null : await served.Server.ReserveAsync(disk, disconnect, cancellationToken);
        }
        catch (ConflictException conflict) when (!disconnect)
        {
            throw new ConflictException($"{conflict.What} (--disconnect)", conflict);
        }
    }

    /// <summary>Runs long work, with a progress bar if standard error is a terminal.</summary>
    public Task<T> WithProgressAsync<T>(string title, ProgressUnit unit, Func<IProgress<WorkProgress>?, Task<T>> work) =>
        console.ErrorIsTerminal && !json ? ProgressBar.RunAsync(console, title, unit, work) : work(null);
}
