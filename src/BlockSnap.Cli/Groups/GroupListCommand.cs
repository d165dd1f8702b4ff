using System.CommandLine;

namespace BlockSnap.Cli;

internal static class GroupListCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("list", "List the groups and the snapshots that are left of each.")
        {
            Arguments = { pool },
            Examples = ["blocksnap group list /srv/pool", "blocksnap group list /srv/pool --json | jq -r '.groups[].name'"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                var result = new GroupListResult([.. lease.Pool.Groups.List().Select(group => GroupFacts.Of(lease.Pool, group))]);
                return new Report<GroupListResult>(result, CliJson.Relaxed.GroupListResult, text =>
                {
                    var table = new TextTable("NAME", "CREATED", "CONSISTENCY", "SNAPSHOTS");
                    foreach (GroupFacts group in result.Groups)
                    {
                        table.Add(group.Name, TimeText.Short(group.Created), group.Consistency, string.Join(' ', group.Snapshots));
                    }

                    table.WriteTo(text);
                });
            },
        };
    }
}
