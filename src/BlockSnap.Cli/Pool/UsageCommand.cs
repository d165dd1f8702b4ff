using System.CommandLine;
using System.Globalization;
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
                    [.. usage.Disks.Where(each => only is null || each.Id == only).Select(DiskUsageFacts.Of)],
                    usage.ExclusiveBytes,
                    usage.SharedBytes,
                    usage.MapBytes);
                return new Report<UsageResult>(result, CliJson.Relaxed.UsageResult, text => Write(text, result, withPool: only is null));
            },
        };
    }

    private static void Write(IAnsiConsole text, UsageResult usage, bool withPool)
    {
        if (withPool)
        {
            FactList.Write(
                text,
                ("logical", ByteText.Of(usage.LogicalBytes)),
                ("referenced", ByteText.Of(usage.ReferencedBytes)),
                ("exclusive", ByteText.Of(usage.ExclusiveBytes)),
                ("shared", ByteText.Of(usage.SharedBytes)),
                ("physical", ByteText.Of(usage.PhysicalBytes)),
                ("dead", ByteText.Of(usage.DeadBytes)),
                ("maps", ByteText.Of(usage.MapBytes)));
            text.WriteLine();
        }

        var table = new TextTable("DISK", ">LOGICAL", ">REFERENCED", ">EXCLUSIVE", ">SHARED", ">SNAPSHOTS", ">CHAIN", ">ALONE", ">KEPT");
        foreach (DiskUsageFacts disk in usage.Disks)
        {
            table.Add(
                disk.Name,
                ByteText.Of(disk.LogicalBytes),
                ByteText.Of(disk.ReferencedBytes),
                ByteText.Of(disk.ExclusiveBytes),
                ByteText.Of(disk.SharedBytes),
                disk.Snapshots.ToString(CultureInfo.InvariantCulture),
                ByteText.Of(disk.SnapshotBytes),
                ByteText.Of(disk.SnapshotExclusiveBytes),
                ByteText.Of(disk.KeptExclusiveBytes));
        }

        table.WriteTo(text);
        text.WriteLine();
        text.WriteLine("LOGICAL to SHARED: of the head. CHAIN: the blocks of all snapshots, each counted once.");
        text.WriteLine("ALONE: those of them that only one snapshot has.");
        text.WriteLine("KEPT: those that only a deleted snapshot in the trash or the state before a rollback has.");
    }
}
