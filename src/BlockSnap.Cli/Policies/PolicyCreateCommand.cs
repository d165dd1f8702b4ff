using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PolicyCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> name = Arguments.Text("POLICY", "The policy's name.");
        var schedule = new PolicyOptionSet(isNew: true);
        return new VerbCommand("create", "Make a policy by which snapshots are made and expire by themselves; apply it to disks then.")
        {
            Arguments = { pool, name },
            Examples =
            [
                "blocksnap policy create /srv/pool nightly --hours 2 --zone Europe/Berlin --retain 14",
                "blocksnap policy create /srv/pool office-hours --hours 8,12,16 --days mon,tue,wed,thu,fri --skip-unchanged",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotPolicy policy = schedule.Apply(context, new SnapshotPolicy { Name = context.Get(name), Hours = [] });
                SnapshotPolicy made = await lease.Pool.Policies.CreateAsync(policy, context.CancellationToken);
                return Report("Created", PolicyFacts.Of(lease.Pool, made));
            },
        }.With(schedule.All);
    }

    public static Report<PolicyResult> Report(string verb, PolicyFacts policy)
    {
        string due = $"{PolicyText.Hours(policy.Hours)} ({policy.TimeZone}), {PolicyText.Days(policy.Weekdays)}";
        return new Report<PolicyResult>(new PolicyResult(policy), CliJson.Relaxed.PolicyResult, text => text.WriteLine(
            $"{verb} the policy {policy.Name}: at {due}, kept {PolicyText.Retention(policy.RetentionDays)}."));
    }
}
