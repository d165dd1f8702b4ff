using System.CommandLine;

namespace BlockSnap.Cli;

internal static class PolicyChangeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> name = Arguments.Text("POLICY", "The policy.");
        Option<string?> rename = new("--name") { Description = "Another name.", HelpName = "NAME" };
        var schedule = new PolicyOptionSet(isNew: false);
        return new VerbCommand("change", "Change a policy, at once for all its disks. Snapshots that it made keep the retention they have.")
        {
            Arguments = { pool, name },
            Options = { rename },
            Examples = ["blocksnap policy change /srv/pool nightly --hours 2,14", "blocksnap policy change /srv/pool nightly --retain 30"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotPolicy before = lease.Pool.Policies.Find(context.Get(name)) ?? throw new PolicyNotFoundException(context.Get(name));
                SnapshotPolicy wanted = schedule.Apply(context, before with { Name = context.Get(rename) ?? before.Name });
                SnapshotPolicy changed = await lease.Pool.Policies.ChangeAsync(wanted, context.CancellationToken);
                return PolicyCreateCommand.Report("Changed", PolicyFacts.Of(lease.Pool, changed));
            },
        }.With(schedule.All);
    }
}
