using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotExpireCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand(
            "expire",
            "Delete what has outlived its retention: snapshots that nothing holds, states before rollbacks, and what lies in the trash too long.")
        {
            Arguments = { pool },
            Options = { dryRun },
            Examples = ["blocksnap snapshot expire /srv/pool --dry-run", "blocksnap snapshot expire /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                IReadOnlyDictionary<DiskId, string> disks = lease.Pool.DiskNames();
                ExpiryResult expiry = await lease.Pool.ExpireAsync(context.Get(dryRun), context.CancellationToken);
                ExpireResult result = ExpireResult.Of(disks, expiry, context.Get(dryRun));
                return new Report<ExpireResult>(result, CliJson.Relaxed.ExpireResult, text => Write(text, result));
            },
        };
    }

    public static void Write(IAnsiConsole text, ExpireResult result)
    {
        string verb = result.DryRun ? "Would delete" : "Deleted";
        foreach (string name in result.Expired.Concat(result.Purged).Concat(result.UndoPoints))
        {
            text.WriteLine($"{verb} {name}");
        }

        foreach (string name in result.Kept)
        {
            text.WriteLine($"Kept {name}, which something holds");
        }

        string expired = $"{Words.Count(result.Expired.Count, "snapshot")}, {Words.Count(result.UndoPoints.Count, "undo point")}";
        text.WriteLine($"{verb} {expired}, and {result.Purged.Count} from the trash.");
    }
}
