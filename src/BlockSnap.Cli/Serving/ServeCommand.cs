using System.CommandLine;
using BlockSnap.Nbd;

namespace BlockSnap.Cli;

internal static class ServeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        var settings = new ServeOptionSet();
        return new VerbCommand("serve", "Serve the pool's disks and snapshots over NBD until interrupted; the other commands work on meanwhile.")
        {
            Arguments = { pool },
            OwnsPool = true,
            Examples =
            [
                "blocksnap serve /srv/pool --unix /run/vm.sock",
                "nbdcopy 'nbd+unix:///vm1@monday?socket=/run/vm.sock' monday.raw",
                "nbdinfo --list -- [ blocksnap serve /srv/pool ]",
            ],
            Body = async context =>
            {
                NbdServerOptions options = settings.Read(context);
                await using PoolLease lease = await context.OpenPoolAsync(pool, settings.ReadPoolOptions(context));
                await ServeAsync(context, lease.Pool, options, runsPolicies: !context.Get(settings.NoPolicies));
                return new Silence();
            },
        }.With(settings.All);
    }

    // Until interrupted, or until it cannot go on.
    private static async Task ServeAsync(CommandContext context, DiskPool pool, NbdServerOptions options, bool runsPolicies)
    {
        await using NbdServer server = NbdServer.Start(pool, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        // A stop that comes while the control server starts is met below like any other: whoever was served already is served to the end.
        await using ControlServer control = await ControlServer.StartAsync(new ServedPool(pool, server, stop.Token), CancellationToken.None);
        var result = new ServeResult(pool.Location, [.. server.EndPoints.Select(endPoint => EndPointText.UriOf(endPoint, options))], options.ReadOnly);
        if (context.Json)
        {
            await JsonDocumentWriter.WriteAsync(result, CliJson.Relaxed.ServeResult, context.Console);
        }
        else if (options.ListeningSockets.Count == 0)
        {
            // Not to standard output, which may be that of the client that started this server.
            await context.Console.Error.WriteLineAsync($"Serving {result.Pool} at {string.Join(" and ", result.Uris)}");
        }

        var lines = new PolicyLines(context.Console.Error);
        Task policies = runsPolicies ? new PolicyRunner(pool, new PolicyRunnerOptions { Progress = lines, Failures = lines }).RunAsync(stop.Token) : Task.CompletedTask;
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.CancellationToken.Register(interrupted.SetResult))
        {
            // A runner that failed found the pool's device failed: then the server cannot go on either.
            await WhenEndedAsync(runsPolicies ? [interrupted.Task, server.Completion, policies] : [interrupted.Task, server.Completion], policies, stop);
        }
    }

    /// <summary>Waits for the first of several ends, were it a failure, and then, when they were told to stop, for the policies: they use the pool.</summary>
    internal static async Task WhenEndedAsync(Task[] ends, Task policies, CancellationTokenSource stop)
    {
        Task ended = await Task.WhenAny(ends);
        await stop.CancelAsync();
        await Task.WhenAll(ended, policies);
    }

    // What fails at each look, like a time zone that is unknown, is told once.
    private sealed class PolicyLines(TextWriter error) : IProgress<PolicyRunResult>, IProgress<Exception>
    {
        private readonly TextWriter _error = TextWriter.Synchronized(error);
        private readonly Dictionary<DiskId, DateTimeOffset> _told = [];

        public void Report(PolicyRunResult value)
        {
            foreach (PolicyOutcome failed in value.Outcomes.Where(outcome => outcome.Error is not null && _told.GetValueOrDefault(outcome.DiskId) != outcome.Due))
            {
                _told[failed.DiskId] = failed.Due;
                _error.WriteLine($"blocksnap: the policy '{failed.PolicyName}' failed for the disk '{failed.DiskName}': {failed.Error!.Message}");
            }
        }

        public void Report(Exception value) => _error.WriteLine($"blocksnap: running the policies failed and will be tried again: {value.Message}");
    }
}
