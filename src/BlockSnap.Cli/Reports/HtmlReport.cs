using System.Globalization;
using System.Xml.Linq;
using static BlockSnap.Cli.ReportMarkup;

namespace BlockSnap.Cli;

/// <summary>One page that needs nothing else: no script, no font, no address. Light or dark like the reader's system.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root {
            color-scheme: light dark;
            --ground: #ffffff; --text: #1c2330; --muted: #5d6675; --rule: #d9dee6;
            --alone: #c2410c; --shared: #93a7c1; --hole: #eef1f5; --fresh: #1d4ed8;
        }
        @media (prefers-color-scheme: dark) {
            :root {
                --ground: #12161d; --text: #e6eaf0; --muted: #98a2b3; --rule: #2c3440;
                --alone: #fb923c; --shared: #4b6080; --hole: #1d232d; --fresh: #7aa2ff;
            }
        }
        body {
            margin: 0 auto; max-width: 1000px; padding: 24px;
            background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
        }
        h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 19px; margin: 40px 0 0; border-top: 1px solid var(--rule); padding-top: 16px; overflow-wrap: anywhere; }
        h3 { font-size: 15px; margin: 20px 0 6px; }
        p, dt, .note { color: var(--muted); margin: 4px 0; }
        dl { display: flex; flex-wrap: wrap; gap: 4px 32px; margin: 12px 0; }
        dd { margin: 0; font-size: 19px; font-variant-numeric: tabular-nums; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--text); font-size: 12px; }
        .exclusive, .key-exclusive { fill: var(--alone); background: var(--alone); }
        .shared, .key-shared { fill: var(--shared); background: var(--shared); }
        .hole, .key-hole { fill: var(--hole); background: var(--hole); }
        .grid { stroke: var(--rule); }
        .area { fill: var(--shared); opacity: 0.35; }
        .line { fill: none; stroke: var(--fresh); stroke-width: 2; }
        .key { display: inline-block; width: 12px; height: 12px; margin: 0 6px 0 16px; vertical-align: -1px; }
        .key:first-child { margin-left: 0; }
        """;

    public static XElement Make(ReportData data) => Html(
        "html",
        Set("lang", "en"),
        Html(
            "head",
            Html("meta", Set("charset", "utf-8")),
            Html("meta", Set("name", "viewport"), Set("content", "width=device-width, initial-scale=1")),
            Html("title", $"Snapshots of {data.Location}"),
            Html("style", Style + ShadeStyles())),
        Html(
            "body",
            Html("h1", data.Location),
            Html("p", $"{TimeOf(data)} UTC, {Words.Count(data.Usage.Disks.Count, "disk")}, {Words.Count(SnapshotCountOf(data), "snapshot")}"),
            Facts(
                ("logical", data.Usage.LogicalBytes),
                ("referenced", data.Usage.ReferencedBytes),
                ("exclusive", data.Usage.ExclusiveBytes),
                ("shared", data.Usage.SharedBytes),
                ("physical", data.Usage.PhysicalBytes),
                ("dead", data.Usage.DeadBytes),
                ("maps", data.Usage.MapBytes)),
            data.Disks.Any(disk => disk.Snapshots.Count > 0)
                ? Html("div", Html("h3", "What the snapshots store, by the time they were made"), CapacityDrawing.Draw(data))
                : Html("p", "There are no snapshots yet."),
            data.Disks.Select(Section).ToArray<object>()));

    /// <summary>Writes the page. Elements are not indented: that would add blanks to text.</summary>
    public static async Task WriteAsync(XElement page, Stream stream)
    {
        await using var writer = new StreamWriter(stream, leaveOpen: true);
        await writer.WriteAsync("<!DOCTYPE html>\n");
        await writer.WriteAsync(page.ToString(SaveOptions.DisableFormatting));
        await writer.WriteAsync('\n');
    }

    private static string TimeOf(ReportData data) => data.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static long SnapshotCountOf(ReportData data) => data.Usage.Disks.Sum(disk => (long)disk.SnapshotCount);

    private static XElement Section(ReportDisk disk)
    {
        DiskUsage usage = disk.Usage;
        return Html(
            "section",
            Html("h2", usage.Name),
            Facts(
                ("size", usage.LogicalBytes),
                ("referenced", usage.ReferencedBytes),
                ("chain", usage.SnapshotBytes),
                ("kept for undo and trash", usage.KeptExclusiveBytes)),
            disk.Ages.Count == 0
                ? Html("p", "A deleted disk whose snapshots are left, or one without a size.")
                : Html("div", Html("h3", "Ages of its blocks"), AgeDrawing.Draw(disk), AgeKeys(disk)),
            Html("h3", Words.Count(disk.Snapshots.Count, "snapshot")),
            ChainDrawing.Draw(disk),
            Html("p", Set("class", "note"), Key("exclusive"), "refers to alone", Key("shared"), "shares with others"));
    }

    private static XElement AgeKeys(ReportDisk disk)
    {
        XElement newest = Key($"age{AgeDrawing.Shades - 1}");
        return disk.Snapshots.Count == 0
            ? Html("p", Set("class", "note"), newest, "written", Key("hole"), "empty")
            : Html("p", Set("class", "note"), newest, "newest", Key("age0"), "oldest", Key("hole"), "empty");
    }

    private static XElement Facts(params (string Name, long Bytes)[] facts) =>
        Html("dl", facts.Select(fact => Html("div", Html("dt", fact.Name), Html("dd", ByteText.Of(fact.Bytes)))).ToArray<object>());

    // Never an empty element: XML would write it without an end tag, and HTML allows that only for a few elements of its own.
    private static XElement Key(string kind) => Html("span", Set("class", $"key key-{kind}"), "\u200B");

    private static string ShadeStyles() => string.Concat(Enumerable.Range(0, AgeDrawing.Shades).Select(StyleOfShade));

    private static string StyleOfShade(int shade)
    {
        const int OldestPercent = 35;
        int percent = OldestPercent + (shade * (100 - OldestPercent) / (AgeDrawing.Shades - 1));
        string color = string.Create(CultureInfo.InvariantCulture, $"color-mix(in srgb, var(--fresh) {percent}%, var(--hole))");
        return $".age{shade}, .key-age{shade} {{ fill: {color}; background: {color}; }}\n";
    }
}
