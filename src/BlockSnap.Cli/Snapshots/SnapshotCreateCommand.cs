using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The disk and the new snapshot's name: 2 to 128 characters, a letter, then letters, digits, ':', '_', '-', '.'.");
        Option<string> description = new("--description") { Description = "A text of 2 to 256 characters.", HelpName = "T" };
        Option<Dictionary<string, string>> tags = Options.Tags();
        Option<int?> retain = Options.Retain();
        Option<string> token = new("--token") { Description = "Makes a repeated call harmless: the same token with the same arguments gives the same snapshot.", HelpName = "T" };
        return new VerbCommand("create", "Take a snapshot: the state of the whole disk, at once, at no cost to later reads and writes.")
        {
            Arguments = { pool, snapshot },
            Options = { description, tags, retain, token },
            Examples =
            [
                "blocksnap snapshot create /srv/pool vm1@before-upgrade",
                "blocksnap snapshot create /srv/pool vm1@release-7 --description \"Shipped to customers\" --tag team=web --tag keep=yes",
            ],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(path);
                Snapshot created = await chain.CreateAsync(
                    path.Snapshot!,
                    new SnapshotOptions
                    {
                        Description = context.Get(description),
                        Tags = context.Get(tags),
                        RetentionDays = context.Get(retain),
                        ClientToken = context.Get(token),
                    },
                    context.CancellationToken);
                var result = new SnapshotResult(chain.DiskName, SnapshotFacts.Of(await UsageAsync(context, chain, created)));
                return new Report<SnapshotResult>(result, CliJson.Relaxed.SnapshotResult, text => text.WriteLine(
                    $"Created the snapshot {result.Disk}@{result.Snapshot.Name}."));
            },
        };
    }

    // It is there already, so counting what it shares is no longer cancelled.
    private static Task<SnapshotUsage> UsageAsync(CommandContext context, ISnapshotChain chain, Snapshot snapshot) => context.Json
        ? chain.GetUsageAsync(snapshot.Name, CancellationToken.None)
        : Task.FromResult(new SnapshotUsage(snapshot, 0, 0, 0));
}
