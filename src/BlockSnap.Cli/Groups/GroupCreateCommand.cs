using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class GroupCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> group = Arguments.Text("GROUP", "The group's name, which its snapshots get too.");
        Argument<string[]> disks = Arguments.Texts("DISK", "The disks, up to 10.");
        var options = new SnapshotOptionSet();
        return new VerbCommand("create", "Take a snapshot of several disks at one instant, in write order across them: all or none.")
        {
            Arguments = { pool, group, disks },
            Examples =
            [
                "blocksnap group create /srv/pool before-upgrade db-data db-log",
                "blocksnap group create /srv/pool nightly db-data db-log --retain 30 --before ./stop-writes --after ./go-on",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotGroup made = await lease.Pool.Groups.CreateAsync(
                    context.Get(group), context.Get(disks), options.Read(context), context.CancellationToken);
                var result = new GroupResult(GroupFacts.Of(lease.Pool, made));
                return new Report<GroupResult>(result, CliJson.Relaxed.GroupResult, text => text.WriteLine(
                    $"Created the group {made.Name}: {string.Join(", ", result.Group.Snapshots)}."));
            },
        }.With(options.All);
    }
}
