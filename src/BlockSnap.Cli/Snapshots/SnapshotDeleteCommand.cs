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
        Option<bool> ignoreUnknown = Options.Flag(
            "--ignore-unknown",
            "Pass over names that no snapshot has, and disks that are gone with all theirs.");
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
                // A dry run of all before the first is deleted: a mistyped name must not leave half of them deleted.
                List<DeletePreview> parts = await DeleteAsync(context, plans, OptionsOf(isDry: true));
                long bytes = parts.Sum(part => part.FreedBytes);
                if (!context.Get(dryRun))
                {
                    parts = await DeleteAsync(context, plans, OptionsOf(isDry: false));
                    bytes = parts.Sum(part => part.FreedBytes);
                }
                else if (parts.Count > 1)
                {
                    // All disks together: the snapshots of several disks may share blocks that no disk's alone would free.
                    SnapshotId[] ids = [.. parts.SelectMany(part => part.Snapshots).Select(snapshot => snapshot.Id)];
                    bytes = (await opened.PreviewDeleteAsync(ids, context.CancellationToken)).FreedBytes;
                }

                List<string> deleted = [.. plans.Zip(parts, NamesOf).SelectMany(names => names)];
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

    // Grouped by the chain's id: the same disk may be given once by its name and once by its id.
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

    private static async Task<List<DeletePreview>> DeleteAsync(CommandContext context, List<DeletePlan> plans, SnapshotDeleteOptions options)
    {
        var parts = new List<DeletePreview>();
        foreach (DeletePlan plan in plans)
        {
            parts.Add(await plan.Chain.DeleteAsync(plan.Names, options, context.CancellationToken));
        }

        return parts;
    }

    private static IEnumerable<string> NamesOf(DeletePlan plan, DeletePreview part) =>
        part.Snapshots.Select(snapshot => $"{plan.Chain.DiskName}@{snapshot.Name}");

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
