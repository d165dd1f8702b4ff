using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskReinitializeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand(
            "reinitialize",
            "Make a disk what it was at first: empty, or what the snapshot holds that it was made from. The state before can be brought back.")
        {
            Arguments = { pool, disk },
            Options = { dryRun, disconnect },
            Examples = ["blocksnap disk reinitialize /srv/pool vm1 --dry-run", "blocksnap disk reinitialize /srv/pool vm1"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                ISnapshotChain chain = opened.OpenChain(context.Get(disk));
                string? origin = chain.Origin is { } id ? opened.NameOf(id) ?? id.ToString() : null;
                RollbackResult result;
                if (context.Get(dryRun))
                {
                    long changed = await ChangedAsync(context, opened, chain, context.Get(disk));
                    result = new RollbackResult(chain.DiskName, origin, null) { ChangedBytes = changed, DryRun = true };
                }
                else
                {
                    using IDisposable? reservation = await context.ReserveAsync(chain.Id, context.Get(disconnect));
                    await chain.ReinitializeAsync(context.CancellationToken);
                    result = new RollbackResult(chain.DiskName, origin, chain.UndoPoint?.Name);
                }

                return new Report<RollbackResult>(result, CliJson.Relaxed.RollbackResult, text => Write(text, result));
            },
        };
    }

    private static async Task<long> ChangedAsync(CommandContext context, DiskPool pool, ISnapshotChain chain, DiskPath path)
    {
        using IDisk head = pool.OpenDisk(path);
        using IDisk? origin = chain.Origin is { } id ? OpenOrigin(pool, chain, id) : null;
        return await DiffSum.OfAsync(pool.DiffAsync(origin, head, context.CancellationToken));
    }

    private static IDisk OpenOrigin(DiskPool pool, ISnapshotChain chain, SnapshotId id)
    {
        Snapshot origin = pool.FindSnapshot(id) ?? throw new OriginDeletedException(chain.DiskName, id);
        return pool.OpenChain(origin.DiskId.ToString()).Open(origin.Name);
    }

    private static void Write(IAnsiConsole text, RollbackResult result)
    {
        string state = result.Snapshot is null ? "empty" : $"as {result.Snapshot}";
        text.WriteLine(result.DryRun
            ? $"Would make {result.Disk} {state}: {ByteText.Of(result.ChangedBytes ?? 0)} differ."
            : $"{result.Disk} is {state} again. The state before is kept as {result.Undo}: snapshot undo-rollback brings it back.");
    }
}
