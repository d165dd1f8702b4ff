using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PolicyRunCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand(
            "run",
            "Do what is due by the policies now: delete what has outlived its retention, make snapshots. For cron; 'serve' does it by itself.")
        {
            Arguments = { pool },
            Options = { dryRun },
            Examples = ["blocksnap policy run /srv/pool --dry-run", "blocksnap policy run /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                bool dry = context.Get(dryRun);
                IReadOnlyDictionary<DiskId, string> disks = lease.Pool.DiskNames();
                PolicyRunResult run = await lease.Pool.Policies.RunAsync(new PolicyRunOptions { DryRun = dry }, context.CancellationToken);
                ExpireResult expired = ExpireResult.Of(disks, run.Expiry!, dry);
                var result = new PolicyRunReport([.. run.Outcomes.Select(PolicyOutcomeFacts.Of)], expired) { DryRun = dry };
                return new Report<PolicyRunReport>(result, CliJson.Relaxed.PolicyRunReport, text => Write(text, result))
                {
                    ExitCode = run.Outcomes.Any(outcome => outcome.Status == PolicyRunStatus.Failed) ? Failure.Refused : 0,
                };
            },
        };
    }

    private static void Write(IAnsiConsole text, PolicyRunReport result)
    {
        if (result.Outcomes.Count == 0)
        {
            text.WriteLine("No snapshot is due.");
        }

        foreach (PolicyOutcomeFacts outcome in result.Outcomes)
        {
            text.WriteLine(outcome switch
            {
                { Snapshot: { } snapshot } => $"{(result.DryRun ? "Would make" : "Made")} {outcome.Disk}@{snapshot}",
                { Error: { } error } => $"{outcome.Disk}: {error.Message} [{error.Code}]",
                _ => $"{outcome.Disk}: {outcome.Status}",
            });
        }

        SnapshotExpireCommand.Write(text, result.Expired);
    }
}
