using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class PoolPurgeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand(
            "purge",
            "Delete all snapshots of all disks for good, but those that an image, a disk made from one, a hold or a lock keeps.")
        {
            Arguments = { pool },
            Options = { dryRun },
            Examples = ["blocksnap pool purge /srv/pool --dry-run", "blocksnap pool purge /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                IReadOnlyDictionary<DiskId, string> disks = lease.Pool.DiskNames();
                DeletePreview preview = await lease.Pool.PurgeAsync(context.Get(dryRun), context.CancellationToken);
                List<string> deleted = [.. preview.Snapshots.Select(snapshot => $"{disks.GetValueOrDefault(snapshot.DiskId)}@{snapshot.Name}")];
                var result = new DeleteResult(deleted, preview.FreedBytes) { DryRun = context.Get(dryRun) };
                return new Report<DeleteResult>(result, CliJson.Relaxed.DeleteResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, DeleteResult result)
    {
        foreach (string name in result.Deleted)
        {
            text.WriteLine($"{(result.DryRun ? "Would delete" : "Deleted")} {name}");
        }

        text.WriteLine($"{(result.DryRun ? "Would free" : "Frees")} {ByteText.Of(result.FreedBytes)}.");
    }
}
