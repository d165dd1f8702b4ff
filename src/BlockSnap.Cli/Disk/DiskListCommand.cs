using System.CommandLine;

namespace BlockSnap.Cli;

internal static class DiskListCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> all = Options.Flag("--all", "Also list deleted disks whose snapshots are still there.");
        return new VerbCommand("list", "List the disks of a pool.")
        {
            Arguments = { pool },
            Options = { all },
            Examples = ["blocksnap disk list /srv/pool", "blocksnap disk list /srv/pool --json | jq -r '.disks[].name'"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                var result = new DiskListResult([.. opened.ListDisks(context.Get(all)).Select(DiskFacts.Of)]);
                return new Report<DiskListResult>(
                    result, CliJson.Relaxed.DiskListResult, text => DiskText.WriteTable(text, result.Disks));
            },
        };
    }
}
