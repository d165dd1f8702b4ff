using System.CommandLine;

namespace BlockSnap.Cli;

internal static class GroupDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> group = Arguments.Text("GROUP", "The group.");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> force = Options.Flag("--force", "Also delete snapshots that disks were made from; those disks go on working.");
        Option<int> trash = Options.Trash();
        return new VerbCommand("delete", "Delete a group and the snapshots that are left of it, as one step.")
        {
            Arguments = { pool, group },
            Options = { dryRun, force, trash },
            Examples = ["blocksnap group delete /srv/pool before-upgrade --dry-run", "blocksnap group delete /srv/pool before-upgrade"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                string name = context.Get(group);
                bool dry = context.Get(dryRun);
                SnapshotGroups groups = lease.Pool.Groups;
                IReadOnlyDictionary<DiskId, string> disks = lease.Pool.DiskNames();
                int trashDays = context.Get(trash);
                var options = new SnapshotDeleteOptions { Force = context.Get(force), TrashGrace = TimeSpan.FromDays(trashDays), DryRun = dry };
                DeletePreview preview = await groups.DeleteAsync(name, options, context.CancellationToken);
                List<string> deleted = [.. preview.Snapshots.Select(snapshot => $"{disks[snapshot.DiskId]}@{snapshot.Name}")];
                DeleteResult result = DeleteResult.Of(deleted, preview.FreedBytes, trashDays) with { DryRun = dry };
                return new Report<DeleteResult>(result, CliJson.Relaxed.DeleteResult, text => SnapshotDeleteCommand.Write(text, result));
            },
        };
    }
}
