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

    // Serves until it is interrupted or cannot go on.
    private static async Task ServeAsync(CommandContext context, DiskPool pool, NbdServerOptions options, bool runsPolicies)
    {
        await using NbdServer server = NbdServer.Start(pool, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        // Not cancelled: a stop that comes while the control server starts is handled below like any other, so that clients that are being
        // served already are served to the end.
        await using ControlServer control = await ControlServer.StartAsync(new ServedPool(pool, server, stop.Token), CancellationToken.None);
        string[] uris = [.. server.EndPoints.Select(endPoint => EndPointText.UriOf(endPoint, options))];
        var result = new ServeResult(pool.Location, uris, options.ReadOnly);
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
        var runner = new PolicyRunner(pool, new PolicyRunnerOptions { Progress = lines, Failures = lines });
        Task policies = runsPolicies ? runner.RunAsync(stop.Token) : Task.CompletedTask;
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.CancellationToken.Register(interrupted.SetResult))
        {
            // The runner fails only if the pool's device failed; then the server cannot go on either.
            Task[] ends = runsPolicies ? [interrupted.Task, server.Completion, policies] : [interrupted.Task, server.Completion];
            await WhenEndedAsync(ends, policies, stop);
        }
    }

    /// <summary>
    /// Waits for the first of several ends, which may be a failure. Then tells the policies to stop and waits for them, because they use the
    /// pool.
    /// </summary>
    internal static async Task WhenEndedAsync(Task[] ends, Task policies, CancellationTokenSource stop)
    {
        Task ended = await Task.WhenAny(ends);
        await stop.CancelAsync();
        await Task.WhenAll(ended, policies);
    }

    // Some failures come again at each look, an unknown time zone for instance: each due time of a disk is reported once.
    private sealed class PolicyLines(TextWriter error) : IProgress<PolicyRunResult>, IProgress<Exception>
    {
        private readonly TextWriter _error = TextWriter.Synchronized(error);
        private readonly Dictionary<DiskId, DateTimeOffset> _told = [];

        public void Report(PolicyRunResult value)
        {
            foreach (PolicyOutcome failed in value.Outcomes.Where(IsNewFailure))
            {
                _told[failed.DiskId] = failed.Due;
                _error.WriteLine($"blocksnap: the policy '{failed.PolicyName}' failed for the disk '{failed.DiskName}': {failed.Error!.Message}");
            }
        }

        public void Report(Exception value) =>
            _error.WriteLine($"blocksnap: running the policies failed and will be tried again: {value.Message}");

        private bool IsNewFailure(PolicyOutcome outcome) =>
            outcome.Error is not null && _told.GetValueOrDefault(outcome.DiskId) != outcome.Due;
    }
}
