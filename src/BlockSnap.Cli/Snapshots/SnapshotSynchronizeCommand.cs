using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotSynchronizeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The snapshot to go back to.");
        Argument<string> present = Arguments.Text("PRESENT", "The name of the snapshot that the present becomes.");
        Argument<string> disk = Arguments.NewDisk("NEWDISK");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand("synchronize", "Go back to a snapshot and make a new disk of the present, in one step: copy from it what is to be kept, then delete it.")
        {
            Arguments = { pool, snapshot, present, disk },
            Options = { dryRun, disconnect },
            Examples =
            [
                "blocksnap snapshot synchronize /srv/pool vm1@monday before-sync vm1-present --dry-run",
                "blocksnap snapshot synchronize /srv/pool vm1@monday before-sync vm1-present",
            ],
            Body = async context =>
            {
                DiskPath path = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                ISnapshotChain chain = lease.Pool.OpenChain(path);
                if (context.Get(dryRun))
                {
                    long changed = await chain.PreviewSynchronizeFromAsync(path.Snapshot!, context.Get(present), context.Get(disk), context.CancellationToken);
                    var plan = new RollbackResult(chain.DiskName, path.Snapshot!, null) { Present = context.Get(present), NewDisk = context.Get(disk), ChangedBytes = changed, DryRun = true };
                    return new Report<RollbackResult>(plan, CliJson.Relaxed.RollbackResult, text => text.WriteLine(
                        $"Would take {plan.Disk} back to {plan.Snapshot}: {ByteText.Of(changed)} differ. The present would be the snapshot {plan.Disk}@{plan.Present} and the new disk {plan.NewDisk}."));
                }

                using IDisposable? reservation = await context.ReserveAsync(chain.Id, context.Get(disconnect));
                await using IDisk made = await chain.SynchronizeFromAsync(path.Snapshot!, context.Get(present), context.Get(disk), context.CancellationToken);
                var result = new RollbackResult(chain.DiskName, path.Snapshot!, chain.UndoPoint?.Name) { Present = context.Get(present), NewDisk = made.Name };
                return new Report<RollbackResult>(result, CliJson.Relaxed.RollbackResult, text => text.WriteLine(
                    $"Took {result.Disk} back to {result.Snapshot}. The present is the snapshot {result.Disk}@{result.Present} and the new disk {result.NewDisk}."));
            },
        };
    }
}
