using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotSynchronizeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The snapshot to go back to.");
        Argument<string> presentName = Arguments.Text("PRESENT", "The name of the snapshot that the present becomes.");
        Argument<string> disk = Arguments.NewDisk("NEWDISK");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand(
            "synchronize",
            "Go back to a snapshot and make a new disk of the present, in one step: copy from it what is to be kept, then delete it.")
        {
            Arguments = { pool, snapshot, presentName, disk },
            Options = { dryRun, disconnect },
            Examples =
            [
                "blocksnap snapshot synchronize /srv/pool vm1@monday before-sync vm1-present --dry-run",
                "blocksnap snapshot synchronize /srv/pool vm1@monday before-sync vm1-present",
            ],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                (string present, string newDisk) = (context.Get(presentName), context.Get(disk));
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                ISnapshotChain chain = lease.Pool.OpenChain(path);
                RollbackResult result;
                if (context.Get(dryRun))
                {
                    long changed = await chain.PreviewSynchronizeFromAsync(path.Snapshot!, present, newDisk, context.CancellationToken);
                    result = new RollbackResult(chain.DiskName, path.Snapshot, null) { ChangedBytes = changed, DryRun = true };
                }
                else
                {
                    using IDisposable? reservation = await context.ReserveAsync(chain.Id, context.Get(disconnect));
                    await using IDisk made = await chain.SynchronizeFromAsync(path.Snapshot!, present, newDisk, context.CancellationToken);
                    result = new RollbackResult(chain.DiskName, path.Snapshot, chain.UndoPoint?.Name);
                }

                result = result with { Present = present, NewDisk = newDisk };
                return new Report<RollbackResult>(result, CliJson.Relaxed.RollbackResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, RollbackResult result)
    {
        string present = $"the snapshot {result.Disk}@{result.Present} and the new disk {result.NewDisk}.";
        text.WriteLine(result.DryRun
            ? $"Would take {result.Disk} back to {result.Snapshot}: {ByteText.Of(result.ChangedBytes ?? 0)} differ. The present would be {present}"
            : $"Took {result.Disk} back to {result.Snapshot}. The present is {present}");
    }
}
