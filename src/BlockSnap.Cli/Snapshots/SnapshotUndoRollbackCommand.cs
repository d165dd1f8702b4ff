using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotUndoRollbackCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Option<string?> to = new("--to")
        {
            Description = "The name of a state before an earlier rollback; the last one's unless said.",
            HelpName = "NAME",
        };
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand("undo-rollback", "Bring back, byte for byte, what the last rollback of a disk replaced. Done twice it is as before.")
        {
            Arguments = { pool, disk },
            Options = { to, dryRun, disconnect },
            Examples = ["blocksnap snapshot undo-rollback /srv/pool vm1", "blocksnap snapshot undo-rollback /srv/pool vm1 --to undo-20261121-093000"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(context.Get(disk));
                string? name = context.Get(to);
                string? point = name ?? chain.UndoPoint?.Name;
                if (context.Get(dryRun))
                {
                    if (point is null)
                    {
                        throw new ConflictException($"The disk '{chain.DiskName}' has no rollback to undo");
                    }

                    RollbackResult plan = await RollbackPreview.OfAsync(context, opened, chain, point);
                    return new Report<RollbackResult>(plan, CliJson.Relaxed.RollbackResult, text => text.WriteLine(
                        $"Would take {plan.Disk} back to {plan.Snapshot}: {ByteText.Of(plan.ChangedBytes ?? 0)} differ."));
                }

                using IDisposable? reservation = await context.ReserveAsync(chain.Id, context.Get(disconnect));
                await chain.UndoRollbackAsync(name, new RollbackOptions(), context.CancellationToken);
                var result = new RollbackResult(chain.DiskName, point, chain.UndoPoint?.Name);
                return new Report<RollbackResult>(result, CliJson.Relaxed.RollbackResult, text => text.WriteLine(
                    $"{result.Disk} is again what it was before the rollback. What it was until now is kept as {result.Undo}."));
            },
        };
    }
}
