using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class SnapshotFindCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<string[]> disks = new("--disk")
        {
            Description = "Only of this disk, by name or id, also of a deleted one; may be repeated.",
            HelpName = "DISK",
        };
        Option<string?> name = new("--name") { Description = "Only of this name, exactly.", HelpName = "NAME" };
        Option<SnapshotKind?> kind = Options.Word<SnapshotKind>("--kind", "Only of this kind");
        Option<SnapshotStatus?> status = Options.Word<SnapshotStatus>("--status", "Only of this status");
        Option<SnapshotUse?> use = Options.Word<SnapshotUse>("--used-by", "Only used by images, by disks made from them, or by nothing");
        Option<Dictionary<string, string>> tags = Options.Tags();
        tags.Description = "Only with this tag; may be repeated.";
        Option<DateTimeOffset?> from = Time("--from", "Only made at this time or later");
        Option<DateTimeOffset?> before = Time("--before", "Only made before this time");
        Option<int> limit = Options.Number(
            "--limit",
            "N",
            "The most to show",
            1,
            SnapshotFilter.PageSizeMax,
            unlessSaid: new SnapshotFilter().PageSize);
        Option<string?> next = new("--next") { Description = "Go on after the page that printed this token.", HelpName = "TOKEN" };
        return new VerbCommand(
            "find",
            "Find snapshots of all disks, deleted ones too, by any of their facts. All conditions must hold. "
                + "They are listed in the order in which they were made, page by page.")
        {
            Arguments = { pool },
            Options = { disks, name, kind, status, use, tags, from, before, limit, next },
            Examples =
            [
                "blocksnap snapshot find /srv/pool --kind automatic --before 2026-11-01",
                "blocksnap snapshot find /srv/pool --tag team=web --used-by none --json",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                var filter = new SnapshotFilter
                {
                    Disks = context.Get(disks) is { Length: > 0 } wanted ? [.. wanted.Select(disk => opened.OpenChain(disk).Id)] : null,
                    Name = context.Get(name),
                    Kind = context.Get(kind),
                    Status = context.Get(status),
                    UsedBy = context.Get(use),
                    Tags = context.Get(tags)?.ToDictionary(tag => tag.Key, tag => (string?)tag.Value),
                    CreatedFrom = context.Get(from),
                    CreatedBefore = context.Get(before),
                    PageSize = context.Get(limit),
                    PageToken = context.Get(next),
                };
                SnapshotPage page = opened.ListSnapshots(filter);
                IReadOnlyDictionary<DiskId, string> names = opened.DiskNames();
                var found = new List<SnapshotFacts>();
                foreach (Snapshot snapshot in page.Snapshots)
                {
                    string diskId = snapshot.DiskId.ToString();
                    SnapshotUsage usage = await opened.OpenChain(diskId).GetUsageAsync(snapshot.Name, context.CancellationToken);
                    found.Add(SnapshotFacts.Of(usage) with { Disk = names.GetValueOrDefault(snapshot.DiskId), DiskId = diskId });
                }

                var result = new SnapshotFindResult(found) { Next = page.NextPageToken };
                return new Report<SnapshotFindResult>(result, CliJson.Relaxed.SnapshotFindResult, text => Write(text, result));
            },
        };
    }

    private static void Write(IAnsiConsole text, SnapshotFindResult result)
    {
        SnapshotTable.Write(text, result.Snapshots.Select(snapshot => (snapshot.Disk ?? snapshot.DiskId!, snapshot)));
        if (result.Next is { } next)
        {
            text.WriteLine($"There are more: --next {next}");
        }
    }

    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = $"{description}, like 2026-11-21 or 2026-11-21T09:30:00+01:00; UTC unless said.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (TimeText.TryParse(result.Tokens[0].Value, out DateTimeOffset time))
            {
                return time;
            }

            result.AddError($"'{result.Tokens[0].Value}' is no time: expected one like 2026-11-21 or 2026-11-21T09:30:00Z.");
            return null;
        },
    };
}
