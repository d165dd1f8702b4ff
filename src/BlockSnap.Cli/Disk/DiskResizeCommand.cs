using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskResizeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Option<long?> size = Options.Size("The new size", required: true);
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand(
            "resize",
            "Change a disk's size. What is added reads as zeros; what is cut off is gone from the head, not from snapshots.")
        {
            Arguments = { pool, disk },
            Options = { size, dryRun, disconnect },
            Examples = ["blocksnap disk resize /srv/pool vm1 --size 20GiB", "blocksnap disk resize /srv/pool vm1 --size 5GiB --dry-run"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk resized = opened.OpenDisk(context.Get(disk));
                long bytes = context.Get(size)!.Value;
                if (context.Get(dryRun))
                {
                    long cut = await DiffSum.OfDataFromAsync(opened, resized, bytes, context.CancellationToken);
                    DiskResult plan = new(DiskFacts.Of(resized)) { CutBytes = cut, DryRun = true };
                    return new Report<DiskResult>(plan, CliJson.Relaxed.DiskResult, text => text.WriteLine(
                        $"The disk {plan.Disk.Name} {DiskText.Resized(plan.Disk.Size, bytes, cut)}"));
                }

                using IDisposable? reservation = bytes < resized.Size ? await context.ReserveAsync(resized.Id, context.Get(disconnect)) : null;
                await resized.ResizeAsync(bytes, context.CancellationToken);
                DiskFacts facts = DiskFacts.Of(resized);
                return DiskText.Report(facts, $"The disk {facts.Name} now has {ByteText.Of(facts.Size)}.");
            },
        };
    }
}
