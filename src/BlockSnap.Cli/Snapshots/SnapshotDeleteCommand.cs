using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath[]> snapshots = Arguments.Snapshots("The snapshots. Those of one disk go in one step.");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> force = Options.Flag("--force", "Also delete snapshots that disks were made from; those disks go on working.");
        Option<bool> ignoreUnknown = Options.Flag("--ignore-unknown", "Pass over names that no snapshot has, and disks that are gone with all theirs.");
        Option<int> trash = Options.Trash();
        return new VerbCommand("delete", "Delete snapshots, any of them, and free the blocks that nothing else refers to.")
        {
            Arguments = { pool, snapshots },
            Options = { dryRun, force, ignoreUnknown, trash },
            Examples =
            [
                "blocksnap snapshot delete /srv/pool vm1@monday vm1@tuesday --dry-run",
                "blocksnap snapshot delete /srv/pool vm1@base --force",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                List<DeletePlan> plans = PlansOf(opened, context.Get(snapshots), context.Get(ignoreUnknown));
                // All are looked at before the first is done: a mistyped name deletes nothing of any disk.
                (List<string> deleted, long bytes) = await PreviewAsync(context, opened, plans, OptionsOf(isDry: true));
                if (!context.Get(dryRun))
                {
                    (deleted, bytes) = await DeleteAsync(context, plans, OptionsOf(isDry: false));
                }

                DeleteResult result = DeleteResult.Of(deleted, bytes, context.Get(trash)) with { DryRun = context.Get(dryRun) };
                return new Report<DeleteResult>(result, CliJson.Relaxed.DeleteResult, text => Write(text, result));

                SnapshotDeleteOptions OptionsOf(bool isDry) => new()
                {
                    Force = context.Get(force),
                    IgnoreUnknown = context.Get(ignoreUnknown),
                    TrashGrace = TimeSpan.FromDays(context.Get(trash)),
                    DryRun = isDry,
                };
            },
        };
    }

    // By the chain's id: a disk may be named once by its name and once by its id.
    private static List<DeletePlan> PlansOf(DiskPool pool, IEnumerable<DiskPath> paths, bool ignoreUnknown) =>
    [
        .. paths
            .Select(path => (Chain: ChainOf(pool, path, ignoreUnknown), Name: path.Snapshot!))
            .Where(entry => !ignoreUnknown || entry.Chain?.Find(entry.Name) is not null)
            .GroupBy(entry => entry.Chain!.Id, (_, entries) => entries.ToList())
            .Select(entries => new DeletePlan(entries[0].Chain!, [.. entries.Select(entry => entry.Name).Distinct()])),
    ];

    private static ISnapshotChain? ChainOf(DiskPool pool, DiskPath path, bool ignoreUnknown)
    {
        try
        {
            return pool.OpenChain(path);
        }
        catch (DiskNotFoundException) when (ignoreUnknown)
        {
            return null;
        }
    }

    private static async Task<(List<string> Deleted, long Bytes)> PreviewAsync(CommandContext context, DiskPool pool, List<DeletePlan> plans, SnapshotDeleteOptions options)
    {
        var deleted = new List<string>();
        var doomed = new List<SnapshotId>();
        foreach (DeletePlan plan in plans)
        {
            DeletePreview preview = await plan.Chain.DeleteAsync(plan.Names, options, context.CancellationToken);
            deleted.AddRange(NamesOf(plan, preview));
            doomed.AddRange(preview.Snapshots.Select(snapshot => snapshot.Id));
        }

        // Of several disks together: they may share what none of them would free alone.
        return (deleted, (await pool.PreviewDeleteAsync(doomed, context.CancellationToken)).FreedBytes);
    }

    private static async Task<(List<string> Deleted, long Bytes)> DeleteAsync(CommandContext context, List<DeletePlan> plans, SnapshotDeleteOptions options)
    {
        var deleted = new List<string>();
        long bytes = 0;
        foreach (DeletePlan plan in plans)
        {
            DeletePreview preview = await plan.Chain.DeleteAsync(plan.Names, options, context.CancellationToken);
            deleted.AddRange(NamesOf(plan, preview));
            bytes += preview.FreedBytes;
        }

        return (deleted, bytes);
    }

    private static IEnumerable<string> NamesOf(DeletePlan plan, DeletePreview preview) => preview.Snapshots.Select(snapshot => $"{plan.Chain.DiskName}@{snapshot.Name}");

    public static void Write(IAnsiConsole text, DeleteResult result)
    {
        foreach (string name in result.Deleted)
        {
            text.WriteLine($"{(result.DryRun ? "Would delete" : "Deleted")} {name}");
        }

        string verb = result.DryRun ? "Would free" : "Frees";
        text.WriteLine(result.TrashBytes is { } later
            ? $"{verb} {ByteText.Of(later)} once they leave the trash; until then 'blocksnap snapshot undelete' brings them back."
            : $"{verb} {ByteText.Of(result.FreedBytes)}.");
    }
}
