using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskUpdateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Argument<string> file = Arguments.File("The raw image, or '-' for standard input.");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand("update", "Make a disk equal to a raw image, its size too, and write only the blocks that differ.")
        {
            Arguments = { pool, disk, file },
            Options = { dryRun, disconnect },
            Examples =
            [
                "blocksnap disk update /srv/pool vm1 vm1.raw --dry-run",
                "blocksnap disk update /srv/pool vm1 vm1.raw && blocksnap snapshot create /srv/pool vm1@monday",
            ],
            Body = async context =>
            {
                await using Stream image = await ImageSource.OpenAsync(context.Get(file), context.Console, context.CancellationToken);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk target = opened.OpenDisk(context.Get(disk));
                if (context.Get(dryRun))
                {
                    return await PreviewAsync(context, opened, target, image);
                }

                using IDisposable? reservation = await context.ReserveAsync(target.Id, context.Get(disconnect));
                ImageUpdate update = await context.WithProgressAsync(
                    $"Updating {target.Name}",
                    ProgressUnit.Bytes,
                    progress => DiskImage.UpdateAsync(image, target, progress, context.CancellationToken));
                var result = new DiskUpdateResult(DiskFacts.Of(target), update.ReadBytes, update.WrittenBytes);
                return new Report<DiskUpdateResult>(result, CliJson.Relaxed.DiskUpdateResult, text => text.WriteLine(
                    $"Updated the disk {result.Disk.Name}: {ByteText.Of(result.WrittenBytes)} of {ByteText.Of(result.ReadBytes)} differed."));
            },
        };
    }

    private static async Task<Outcome> PreviewAsync(CommandContext context, DiskPool pool, IDisk target, Stream image)
    {
        ImageUpdate plan = await context.WithProgressAsync(
            $"Comparing {target.Name}",
            ProgressUnit.Bytes,
            progress => DiskImage.PreviewUpdateAsync(image, target, progress, context.CancellationToken));
        long cut = await DiffSum.OfDataFromAsync(pool, target, plan.ReadBytes, context.CancellationToken);
        var result = new DiskUpdateResult(DiskFacts.Of(target), plan.ReadBytes, plan.WrittenBytes) { CutBytes = cut, DryRun = true };
        return new Report<DiskUpdateResult>(result, CliJson.Relaxed.DiskUpdateResult, text =>
        {
            text.WriteLine($"Would write {ByteText.Of(result.WrittenBytes)} of {ByteText.Of(result.ReadBytes)} to the disk {result.Disk.Name}.");
            if (result.ReadBytes != result.Disk.Size)
            {
                text.WriteLine($"It {DiskText.Resized(result.Disk.Size, result.ReadBytes, cut)}");
            }
        });
    }
}
