using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotDiffCommand
{
    private const string Nothing = "-";

    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> from = Arguments.Path(
            "FROM", "The older state: DISK@SNAPSHOT, DISK for its head, or '-' for an empty disk.", DiskPathKind.Either);
        Argument<DiskPath> to = Arguments.Path("TO", "The newer state: DISK@SNAPSHOT, or DISK for its head.", DiskPathKind.Either);
        return new VerbCommand("diff", "List the extents that differ between two states of a disk, or of two disks of one block size.")
        {
            Arguments = { pool, from, to },
            Examples =
            [
                "blocksnap snapshot diff /srv/pool vm1@monday vm1@tuesday",
                "blocksnap snapshot diff /srv/pool vm1@monday vm1",
                "blocksnap snapshot diff /srv/pool - vm1@monday --json",
            ],
            Body = async context =>
            {
                DiskPath older = context.Get(from);
                DiskPath newer = context.Get(to);
                if (IsNothing(newer))
                {
                    throw new UsageException("'-' stands for an empty disk, and only as FROM.");
                }

                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                using IDisk? olderView = IsNothing(older) ? null : opened.OpenView(older);
                using IDisk newerView = opened.OpenView(newer);
                var extents = new List<ExtentFacts>();
                await foreach (ChangedExtent extent in opened.DiffAsync(olderView, newerView, context.CancellationToken))
                {
                    extents.Add(ExtentFacts.Of(extent));
                }

                var result = new SnapshotDiffResult(
                    $"{older}", $"{newer}", newerView.BlockSize.Bytes, extents.Sum(extent => extent.Length), extents);
                string? sizes = olderView is null || olderView.Size == newerView.Size
                    ? null
                    : $"The sizes differ: {ByteText.Exact(olderView.Size)}, then {ByteText.Exact(newerView.Size)}.";
                return new Report<SnapshotDiffResult>(result, CliJson.Relaxed.SnapshotDiffResult, text =>
                {
                    Write(text, result);
                    if (sizes is not null)
                    {
                        text.WriteLine(sizes);
                    }
                });
            },
        };
    }

    private static bool IsNothing(DiskPath path) => path == new DiskPath(Nothing, null);

    private static void Write(IAnsiConsole text, SnapshotDiffResult diff)
    {
        var table = new TextTable(">OFFSET", ">LENGTH", "KIND");
        foreach (ExtentFacts extent in diff.Extents)
        {
            table.Add($"{extent.Offset}", $"{extent.Length}", extent.Kind);
        }

        if (diff.Extents.Count > 0)
        {
            table.WriteTo(text);
        }

        text.WriteLine($"{ByteText.Of(diff.ChangedBytes)} changed in {Words.Count(diff.Extents.Count, "extent")}.");
    }
}
