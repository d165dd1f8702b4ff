using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>What a command's body works with: its arguments, the console, and the way to the pool.</summary>
internal sealed class CommandContext(ParseResult arguments, CommandConsole console, bool json, CancellationToken cancellationToken)
{
    public CommandConsole Console => console;

    /// <summary>Whether standard output carries one JSON document and nothing else.</summary>
    public bool Json => json;

    public CancellationToken CancellationToken => cancellationToken;

    public T Get<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out, or null.</summary>
    public T? Find<T>(Argument<T> argument)
        where T : class => arguments.GetValue(argument);

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>The pool that the command names. The body disposes of the lease, which flushes, before anything is reported.</summary>
    public async Task<PoolLease> OpenPoolAsync(Argument<string> pool) =>
        new(await DiskPool.OpenAsync(Get(pool), null, cancellationToken), closes: true);

    /// <summary>Runs long work, with a progress bar where somebody may look at one.</summary>
    public Task<T> WithProgressAsync<T>(string title, ProgressUnit unit, Func<IProgress<WorkProgress>?, Task<T>> work) =>
        console.ErrorIsTerminal && !json ? ProgressBar.RunAsync(console, title, unit, work) : work(null);
}
