using System.CommandLine;

namespace BlockSnap.Cli;

internal static class PoolInfoCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("info", "Show what a pool is and how much it holds.")
        {
            Arguments = { pool },
            Examples = ["blocksnap pool info /srv/pool", "blocksnap pool info /srv/pool --json"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                PoolFacts facts = PoolFacts.Of(opened);
                return new Report<PoolResult>(new PoolResult(facts), CliJson.Relaxed.PoolResult, text => FactList.Write(
                    text,
                    ("path", facts.Path),
                    ("id", facts.Id),
                    ("format", $"{facts.FormatVersion}"),
                    ("created", TimeText.Short(facts.Created)),
                    ("disks", $"{facts.Disks}"),
                    ("snapshots", $"{facts.Snapshots}"),
                    ("quota", QuotaText.Of(opened.Quota)),
                    ("suspended", facts.Suspended ?? "no")));
            },
        };
    }
}
