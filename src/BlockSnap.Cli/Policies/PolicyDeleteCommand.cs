using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PolicyDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> name = Arguments.Text("POLICY", "The policy.");
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand("delete", "Delete a policy. Its disks have none then; its snapshots stay, each with its retention.")
        {
            Arguments = { pool, name },
            Options = { dryRun },
            Examples = ["blocksnap policy delete /srv/pool nightly --dry-run", "blocksnap policy delete /srv/pool nightly"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                bool dry = context.Get(dryRun);
                List<string> disks = [.. lease.Pool.Policies.ListDisks(context.Get(name)).Select(disk => disk.DiskName)];
                var result = new PolicyDeleteResult(context.Get(name), disks) { DryRun = dry };
                if (!dry)
                {
                    await lease.Pool.Policies.DeleteAsync(result.Deleted, context.CancellationToken);
                }

                return new Report<PolicyDeleteResult>(result, CliJson.Relaxed.PolicyDeleteResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, PolicyDeleteResult result)
    {
        string disks = result.Disks.Count == 0 ? "none" : string.Join(", ", result.Disks);
        text.WriteLine($"{(result.DryRun ? "Would delete" : "Deleted")} the policy {result.Deleted}; disks that have none then: {disks}.");
    }
}
