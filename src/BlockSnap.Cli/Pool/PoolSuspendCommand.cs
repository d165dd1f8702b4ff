using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PoolSuspendCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> reason = Arguments.Text("REASON", "Why, 2 to 256 characters: whoever asks for a snapshot is told.");
        return new VerbCommand(
            "suspend",
            "Make no snapshots until the pool is resumed, also after it was closed. Disks go on, and so does retention.")
        {
            Arguments = { pool, reason },
            Examples = ["blocksnap pool suspend /srv/pool migration"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                await lease.Pool.SuspendAsync(context.Get(reason), context.CancellationToken);
                var result = new PoolResult(PoolFacts.Of(lease.Pool));
                return new Report<PoolResult>(
                    result, CliJson.Relaxed.PoolResult, text => text.WriteLine("No snapshots are made until 'blocksnap pool resume'."));
            },
        };
    }
}
