using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotRollbackCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The snapshot to go back to.");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand(
            "rollback",
            "Take a whole disk back to a snapshot, its size too. Newer snapshots stay, and the state before can be brought back.")
        {
            Arguments = { pool, snapshot },
            Options = { dryRun, disconnect },
            Examples =
            [
                "blocksnap snapshot rollback /srv/pool vm1@before-upgrade --dry-run",
                "blocksnap snapshot rollback /srv/pool vm1@before-upgrade",
            ],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(path);
                RollbackResult result = context.Get(dryRun)
                    ? await RollbackPreview.OfSnapshotAsync(context, opened, chain, path.Snapshot!)
                    : await RollBackAsync(context, chain, path.Snapshot!, context.Get(disconnect));
                return new Report<RollbackResult>(result, CliJson.Relaxed.RollbackResult, text => Write(text, result));
            },
        };
    }

    private static async Task<RollbackResult> RollBackAsync(CommandContext context, ISnapshotChain chain, string name, bool disconnect)
    {
        using IDisposable? reservation = await context.ReserveAsync(chain.Id, disconnect);
        await chain.RollbackAsync(name, context.CancellationToken);
        return new RollbackResult(chain.DiskName, name, chain.UndoPoint?.Name);
    }

    private static void Write(IAnsiConsole text, RollbackResult result)
    {
        text.WriteLine(result.DryRun
            ? $"Would take {result.Disk} back to {result.Snapshot}: {ByteText.Of(result.ChangedBytes ?? 0)} differ."
            : $"Took {result.Disk} back to {result.Snapshot}. The state before is kept as {result.Undo}: snapshot undo-rollback brings it back.");
    }
}
