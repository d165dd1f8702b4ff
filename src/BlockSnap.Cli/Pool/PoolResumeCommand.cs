using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PoolResumeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("resume", "End a suspension. Nothing to do when there is none.")
        {
            Arguments = { pool },
            Examples = ["blocksnap pool resume /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                await lease.Pool.ResumeAsync(context.CancellationToken);
                var result = new PoolResult(PoolFacts.Of(lease.Pool));
                return new Report<PoolResult>(result, CliJson.Relaxed.PoolResult, text => text.WriteLine("Snapshots can be made."));
            },
        };
    }
}
