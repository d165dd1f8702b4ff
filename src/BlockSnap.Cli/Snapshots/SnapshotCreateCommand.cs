using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot(
            "The disk and the new snapshot's name: 2 to 128 characters, a letter, then letters, digits, ':', '_', '-', '.'.");
        var options = new SnapshotOptionSet();
        return new VerbCommand("create", "Take a snapshot: the state of the whole disk, at once, at no cost to later reads and writes.")
        {
            Arguments = { pool, snapshot },
            Examples =
            [
                "blocksnap snapshot create /srv/pool vm1@before-upgrade",
                "blocksnap snapshot create /srv/pool vm1@release-7 --description \"Shipped to customers\" --tag team=web --tag keep=yes",
                "blocksnap snapshot create /srv/pool vm1@frozen --before \"fsfreeze -f /mnt\" --after \"fsfreeze -u /mnt\" --file-system",
            ],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(path);
                Snapshot created = await chain.CreateAsync(path.Snapshot!, options.Read(context), context.CancellationToken);
                var result = new SnapshotResult(chain.DiskName, SnapshotFacts.Of(await UsageAsync(context, chain, created)));
                return new Report<SnapshotResult>(result, CliJson.Relaxed.SnapshotResult, text => text.WriteLine(
                    $"Created the snapshot {result.Disk}@{result.Snapshot.Name}."));
            },
        }.With(options.All);
    }

    // The snapshot exists by now, so counting what it shares is not cancelled any more.
    private static Task<SnapshotUsage> UsageAsync(CommandContext context, ISnapshotChain chain, Snapshot snapshot) => context.Json
        ? chain.GetUsageAsync(snapshot.Name, CancellationToken.None)
        : Task.FromResult(new SnapshotUsage(snapshot, 0, 0, 0));
}
