using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PoolCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("create", "Make an empty pool in a new or empty directory.")
        {
            Arguments = { pool },
            OwnsPool = true,
            Examples = ["blocksnap pool create /srv/pool"],
            Body = async context =>
            {
                await using DiskPool created = await DiskPool.CreateAsync(context.Get(pool), null, context.CancellationToken);
                PoolFacts facts = PoolFacts.Of(created);
                return new Report<PoolResult>(
                    new PoolResult(facts), CliJson.Relaxed.PoolResult, text => text.WriteLine($"Created the pool {facts.Path}."));
            },
        };
    }
}
