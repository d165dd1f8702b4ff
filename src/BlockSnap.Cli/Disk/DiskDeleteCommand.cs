using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand("delete", "Delete a disk. Its snapshots stay until they are deleted themselves, and so do disks made from them.")
        {
            Arguments = { pool, disk },
            Options = { dryRun, disconnect },
            Examples = ["blocksnap disk delete /srv/pool vm1 --dry-run", "blocksnap disk delete /srv/pool vm1"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk target = opened.OpenDisk(context.Get(disk));
                DiskFacts facts = DiskFacts.Of(target);
                bool takesAutomatic = opened.Policies.OfDisk(facts.Name).DeletesSnapshotsWithDisk;
                DeletePreview preview = await opened.PreviewDeleteDiskAsync(facts.Name, context.CancellationToken);
                var result = new DeleteResult([facts.Name], preview.FreedBytes) { DryRun = context.Get(dryRun) };
                if (!result.DryRun)
                {
                    using IDisposable? reservation = await context.ReserveAsync(target.Id, context.Get(disconnect));
                    await opened.DeleteDiskAsync(facts.Name, context.CancellationToken);
                }

                return new Report<DeleteResult>(result, CliJson.Relaxed.DeleteResult, text => Write(text, result, facts, takesAutomatic));
            },
        };
    }

    private static void Write(IAnsiConsole text, DeleteResult result, DiskFacts disk, bool takesAutomatic)
    {
        text.WriteLine($"{(result.DryRun ? "Would delete" : "Deleted")} the disk {disk.Name}: frees {ByteText.Of(result.FreedBytes)}.");
        if (disk.Snapshots > 0)
        {
            text.WriteLine(takesAutomatic
                ? $"Its automatic snapshots go with it, except those that something holds. The others stay, under {disk.Id}@SNAPSHOT."
                : $"{Words.Count(disk.Snapshots, "snapshot")} of it can still be used, under {disk.Id}@SNAPSHOT.");
        }
    }
}
