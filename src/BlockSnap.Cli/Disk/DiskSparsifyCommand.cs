using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskSparsifyCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand(
            "sparsify",
            "Make holes of stored blocks that hold only zeros. The disk reads as before. "
                + "Written zeros are holes already: this finds what other programs stored.")
        {
            Arguments = { pool, disk },
            Options = { dryRun },
            Examples = ["blocksnap disk sparsify /srv/pool vm1 --dry-run", "blocksnap disk sparsify /srv/pool vm1"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk target = opened.OpenDisk(context.Get(disk));
                bool looksOnly = context.Get(dryRun);
                SparsifyReport report = await context.WithProgressAsync(
                    $"Looking at {target.Name}",
                    ProgressUnit.Bytes,
                    progress => opened.SparsifyAsync(target.Name, looksOnly, progress, context.CancellationToken));
                var result = new DiskSparsifyResult(DiskFacts.Of(target), report.CheckedBytes, report.HoleBytes) { DryRun = looksOnly };
                return new Report<DiskSparsifyResult>(result, CliJson.Relaxed.DiskSparsifyResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, DiskSparsifyResult result)
    {
        string done = result.DryRun ? "would become holes" : "became holes";
        text.WriteLine($"Of {ByteText.Of(result.CheckedBytes)} that {result.Disk.Name} stores, {ByteText.Of(result.HoleBytes)} {done}.");
        if (result.HoleBytes == 0)
        {
            string block = ByteText.Of(result.Disk.BlockSize);
            text.WriteLine($"Only whole blocks of {block} can be holes. What a file system inside deleted is given back by its discard (fstrim).");
        }
    }
}
