using System.CommandLine;
using System.Xml.Linq;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<string> html = new("--html")
        {
            Description = "The page to write, or '-' for standard output. An existing file is replaced when the new one is whole.",
            HelpName = "FILE",
            Required = true,
        };
        return new VerbCommand("report", "Draw a pool's disks and snapshots on a page for a browser, which needs nothing else.")
        {
            Arguments = { pool },
            Options = { html },
            WritesFile = true,
            Examples = ["blocksnap report /srv/pool --html pool.html", "blocksnap report /srv/pool --html - > pool.html"],
            Body = async context =>
            {
                string file = context.Get(html)!;
                bool toOutput = ImageTarget.IsOutput(file);
                if (toOutput && context.Json)
                {
                    throw new UsageException("Standard output cannot carry the page and a JSON document: leave out --json, or name a file.");
                }

                await using PoolLease lease = await context.OpenPoolAsync(pool);
                ReportData data = await ReportData.ReadAsync(lease.Pool, TimeProvider.System, context.CancellationToken);
                XElement page = HtmlReport.Make(data);
                await ImageTarget.WriteAsync(file, lease.Pool.Location, context.Console, stream => HtmlReport.WriteAsync(page, stream));
                var result = new ReportResult(file, data.Disks.Count, data.Disks.Sum(disk => disk.Snapshots.Count));
                return new Report<ReportResult>(result, CliJson.Relaxed.ReportResult, text =>
                {
                    if (!toOutput)
                    {
                        text.WriteLine($"Drew {result.File}: disks {result.Disks}, snapshots {result.Snapshots}");
                    }
                });
            },
        };
    }
}
