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
        Option<string> description = new("--description") { Description = "A text of 2 to 256 characters.", HelpName = "T" };
        Option<Dictionary<string, string>> tags = Options.Tags();
        Option<int?> retain = Options.Retain();
        return new VerbCommand("create", "Take a snapshot of several disks at one instant, in write order across them: all or none.")
        {
            Arguments = { pool, group, disks },
            Options = { description, tags, retain },
            Examples = ["blocksnap group create /srv/pool before-upgrade db-data db-log", "blocksnap group create /srv/pool nightly db-data db-log --retain 30"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotGroup made = await lease.Pool.Groups.CreateAsync(
                    context.Get(group),
                    context.Get(disks),
                    new SnapshotOptions { Description = context.Get(description), Tags = context.Get(tags), RetentionDays = context.Get(retain) },
                    context.CancellationToken);
                var result = new GroupResult(GroupFacts.Of(lease.Pool, made));
                return new Report<GroupResult>(result, CliJson.Relaxed.GroupResult, text => text.WriteLine($"Created the group {made.Name}: {string.Join(", ", result.Group.Snapshots)}."));
            },
        };
    }
}
