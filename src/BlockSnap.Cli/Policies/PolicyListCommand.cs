using System.CommandLine;

namespace BlockSnap.Cli;

internal static class PolicyListCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("list", "List the policies and the disks they are applied to.")
        {
            Arguments = { pool },
            Examples =
            [
                "blocksnap policy list /srv/pool",
                "blocksnap policy list /srv/pool --json | jq -r '.disks[] | select(.policy == null) | .disk'",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotPolicies policies = lease.Pool.Policies;
                var result = new PolicyListResult(
                    [.. policies.List().Select(policy => PolicyFacts.Of(lease.Pool, policy))],
                    [.. policies.ListDisks().Select(DiskPolicyFacts.Of)]);
                return new Report<PolicyListResult>(result, CliJson.Relaxed.PolicyListResult, text =>
                {
                    var table = new TextTable("NAME", "HOURS", "DAYS", "ZONE", "KEPT", "NEXT", "DISKS");
                    foreach (PolicyFacts policy in result.Policies)
                    {
                        table.Add(
                            policy.Name,
                            PolicyText.Hours(policy.Hours),
                            PolicyText.Days(policy.Weekdays),
                            policy.TimeZone,
                            PolicyText.Retention(policy.RetentionDays),
                            PolicyText.Time(policy.NextDue),
                            string.Join(' ', policy.Disks));
                    }

                    table.WriteTo(text);
                });
            },
        };
    }
}
