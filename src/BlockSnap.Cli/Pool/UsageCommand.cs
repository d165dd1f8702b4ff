using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class UsageCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk("Show this disk alone.");
        disk.Arity = ArgumentArity.ZeroOrOne;
        return new VerbCommand("usage", "Show how many bytes the pool and its disks hold and take.")
        {
            Arguments = { pool, disk },
            Examples = ["blocksnap usage /srv/pool", "blocksnap usage /srv/pool vm1 --json"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                DiskId? only = context.Find(disk) is { } path ? opened.OpenChain(path).Id : null;
                PoolUsage usage = await opened.GetUsageAsync(context.CancellationToken);
                var result = new UsageResult(
                    usage.LogicalBytes,
                    usage.ReferencedBytes,
                    usage.PhysicalBytes,
                    usage.DeadBytes,
                    [.. usage.Disks.Where(each => only is null || each.Id == only).Select(DiskUsageFacts.Of)]);
                return new Report<UsageResult>(result, CliJson.Relaxed.UsageResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, UsageResult usage)
    {
        FactList.Write(
            text,
            ("logical", ByteText.Of(usage.LogicalBytes)),
            ("referenced", ByteText.Of(usage.ReferencedBytes)),
            ("physical", ByteText.Of(usage.PhysicalBytes)),
            ("dead", ByteText.Of(usage.DeadBytes)));
        text.WriteLine();
        var table = new TextTable("DISK", ">LOGICAL", ">REFERENCED", ">SNAPSHOTS", ">EXCLUSIVE");
        foreach (DiskUsageFacts disk in usage.Disks)
        {
            table.Add(
                disk.Name,
                ByteText.Of(disk.LogicalBytes),
                ByteText.Of(disk.ReferencedBytes),
                ByteText.Of(disk.SnapshotBytes),
                ByteText.Of(disk.ExclusiveBytes));
        }

        table.WriteTo(text);
    }
}
