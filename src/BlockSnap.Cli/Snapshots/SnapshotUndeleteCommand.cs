using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotUndeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The deleted snapshot; of several of that name the newest.");
        return new VerbCommand("undelete", "Bring back a snapshot that was deleted into the trash.")
        {
            Arguments = { pool, snapshot },
            Examples = ["blocksnap snapshot delete /srv/pool vm1@monday --trash 7", "blocksnap snapshot undelete /srv/pool vm1@monday"],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                ISnapshotChain chain = lease.Pool.OpenChain(path);
                Snapshot back = await chain.UndeleteAsync(path.Snapshot!, context.CancellationToken);
                SnapshotUsage usage = (await chain.GetUsageAsync(CancellationToken.None)).Single(each => each.Snapshot.Id == back.Id);
                var result = new SnapshotResult(chain.DiskName, SnapshotFacts.Of(usage));
                return new Report<SnapshotResult>(
                    result, CliJson.Relaxed.SnapshotResult, text => text.WriteLine($"{result.Disk}@{back.Name} is back."));
            },
        };
    }
}
