using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>What a command's body works with: its arguments, the console, and the way to the pool.</summary>
internal sealed class CommandContext(ParseResult arguments, CommandConsole console, bool json, CancellationToken cancellationToken, ServedPool? served)
{
    /// <summary>How a command opens a pool. It does what it says and no more: nothing expires beside it.</summary>
    public static DiskPoolOptions PoolOptions { get; } = new() { ExpiryInterval = null };

    public CommandConsole Console => console;

    /// <summary>Whether standard output carries one JSON document and nothing else.</summary>
    public bool Json => json;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Whether the pool is one that this process serves.</summary>
    public bool IsServed => served is not null;

    /// <summary>Set when the serving process is about to end: what goes on until it is interrupted ends then.</summary>
    public CancellationToken Stopping => served?.Stopping ?? CancellationToken.None;

    public T Get<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out, or null.</summary>
    public T? Find<T>(Argument<T> argument)
        where T : class => arguments.GetValue(argument);

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>The pool that the command names. The body disposes of the lease, which flushes, before anything is reported.</summary>
    public async Task<PoolLease> OpenPoolAsync(Argument<string> pool, DiskPoolOptions? options = null) => served is null
        ? new PoolLease(await DiskPool.OpenAsync(Get(pool), options ?? PoolOptions, cancellationToken), closes: true)
        : new PoolLease(served.Pool, closes: false); // its control socket is in that pool's directory, however the path was typed

    /// <summary>Keeps NBD clients off a disk that is about to change under them; without a server there are none.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="disconnect">Whether those who use it are disconnected; else they are a reason to refuse.</param>
    /// <exception cref="ConflictException">Clients use the disk.</exception>
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

    /// <summary>Runs long work, with a progress bar where somebody may look at one.</summary>
    public Task<T> WithProgressAsync<T>(string title, ProgressUnit unit, Func<IProgress<WorkProgress>?, Task<T>> work) =>
        console.ErrorIsTerminal && !json ? ProgressBar.RunAsync(console, title, unit, work) : work(null);
}
