using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PoolQuotaCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<SnapshotQuota> quota = new("QUOTA")
        {
            Description = $"{QuotaText.Description} Left out: show what holds.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                if (!QuotaText.TryParse(result.Tokens[0].Value, out SnapshotQuota parsed))
                {
                    result.AddError($"'{result.Tokens[0].Value}' is no quota. {QuotaText.Description}");
                }

                return parsed;
            },
        };
        return new VerbCommand(
            "quota",
            "Say, or show, how many snapshots a disk may have. At the quota a manual one is refused; an automatic one takes the place of the oldest.")
        {
            Arguments = { pool, quota },
            Examples = ["blocksnap pool quota /srv/pool", "blocksnap pool quota /srv/pool 256+1000"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                if (context.Find(quota) is { } wanted)
                {
                    await lease.Pool.SetQuotaAsync(wanted, context.CancellationToken);
                }

                var result = new PoolResult(PoolFacts.Of(lease.Pool));
                string quotaText = QuotaText.Of(lease.Pool.Quota);
                return new Report<PoolResult>(result, CliJson.Relaxed.PoolResult, text => text.WriteLine($"Snapshots per disk: {quotaText}."));
            },
        };
    }
}
