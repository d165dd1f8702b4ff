using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotListCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk("The disk's name or id; the id of a deleted disk finds the snapshots it left.");
        return new VerbCommand("list", "List the snapshots of a disk, oldest first, and the bytes each of them stores, holds alone and shares.")
        {
            Arguments = { pool, disk },
            Examples =
            [
                "blocksnap snapshot list /srv/pool vm1",
                "blocksnap snapshot list /srv/pool vm1 --json | jq '[.snapshots[].storedBytes] | add'",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(context.Get(disk));
                IReadOnlyList<SnapshotUsage> usage = await chain.GetUsageAsync(context.CancellationToken);
                var result = new SnapshotListResult(chain.DiskName, [.. usage.Select(SnapshotFacts.Of)])
                {
                    Trash = chain.Trash.Count == 0 ? null : [.. chain.Trash.Select(TrashFacts.Of)],
                    UndoPoints = chain.UndoPoints.Count == 0 ? null : [.. chain.UndoPoints.Select(UndoPointFacts.Of)],
                };
                return new Report<SnapshotListResult>(result, CliJson.Relaxed.SnapshotListResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, SnapshotListResult list)
    {
        SnapshotTable.Write(text, list.Snapshots.Select(snapshot => (list.Disk, snapshot)));
        foreach (TrashFacts deleted in list.Trash ?? [])
        {
            text.WriteLine($"In the trash until {deleted.PurgeAfter}: {list.Disk}@{deleted.Name}");
        }

        foreach (UndoPointFacts point in list.UndoPoints ?? [])
        {
            text.WriteLine($"Before a rollback, kept until {point.Expires ?? "it is deleted"}: {list.Disk}@{point.Name}");
        }
    }
}
