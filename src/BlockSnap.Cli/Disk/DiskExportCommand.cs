using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class DiskExportCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> source = Arguments.Path("DISK[@SNAPSHOT]", "The disk, or one of its snapshots.", DiskPathKind.Either);
        Argument<string> file = Arguments.File(
            "The raw image to write, or '-' for standard output. An existing file is replaced when the new one is whole.");
        Option<bool> salvage = Options.Flag("--salvage", "Write zeros for what is damaged and list it. Exit code 1 when something was lost.");
        return new VerbCommand("export", "Write a disk or a snapshot to a raw image. A file is sparse: holes take no space.")
        {
            Arguments = { pool, source, file },
            Options = { salvage },
            WritesFile = true,
            Examples =
            [
                "blocksnap disk export /srv/pool vm1@before-upgrade vm1.raw",
                "blocksnap disk export /srv/pool vm1 - | gzip > vm1.raw.gz",
                "blocksnap disk export /srv/pool vm1 vm1.raw --salvage",
            ],
            Body = async context =>
            {
                string target = context.Get(file);
                bool toOutput = ImageTarget.IsOutput(target);
                if (toOutput && context.Json)
                {
                    throw new UsageException("Standard output cannot carry the image and a JSON document: leave out --json, or name a file.");
                }

                DiskPath path = context.Get(source);
                bool salvages = context.Get(salvage);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                await using IDisk view = lease.Pool.OpenView(path);
                long size = view.Size;
                IReadOnlyList<ByteRange> lost = await ExportAsync(context, lease.Pool, view, target, salvages);
                var result = new DiskExportResult(view.Chain.DiskName, path.Snapshot, target, size)
                {
                    Lost = salvages ? [.. lost.Select(range => new RangeFacts(range.Offset, range.Length))] : null,
                };
                foreach (string line in toOutput ? LinesOf(lost) : [])
                {
                    await context.Console.Error.WriteLineAsync(line);
                }

                return new Report<DiskExportResult>(result, CliJson.Relaxed.DiskExportResult, text =>
                {
                    if (!toOutput)
                    {
                        text.WriteLine($"Exported {path} of {ByteText.Of(size)} to {target}.");
                        foreach (string line in LinesOf(lost))
                        {
                            text.WriteLine(line);
                        }
                    }
                })
                {
                    ExitCode = lost.Count > 0 ? Failure.Refused : 0,
                };
            },
        };
    }

    // Returns what could not be read. Only a salvage goes on then; any other export fails.
    private static async Task<IReadOnlyList<ByteRange>> ExportAsync(
        CommandContext context, DiskPool pool, IDisk view, string target, bool salvages)
    {
        IReadOnlyList<ByteRange> lost = [];
        await ImageTarget.WriteAsync(target, pool.Location, context.Console, stream => context.WithProgressAsync(
            $"Exporting {view.Name}",
            ProgressUnit.Bytes,
            async progress =>
            {
                if (salvages)
                {
                    lost = await DiskImage.SalvageAsync(view, stream, progress, context.CancellationToken);
                }
                else
                {
                    await DiskImage.ExportAsync(view, stream, progress, context.CancellationToken);
                }

                return lost;
            }));
        return lost;
    }

    private static IEnumerable<string> LinesOf(IReadOnlyList<ByteRange> lost) =>
        lost.Select(static range => $"lost: {range.Length} bytes at {range.Offset}");
}
