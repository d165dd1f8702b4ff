using System.Xml.Linq;
using static BlockSnap.Cli.ReportMarkup;

namespace BlockSnap.Cli;

/// <summary>A disk's chain: a bar for each snapshot and one for the head, in two parts: what it alone refers to, and what it shares.</summary>
internal static class ChainDrawing
{
    private const double Width = 960;
    private const double LabelWidth = 220;
    private const double ValueWidth = 170;
    private const double RowHeight = 22;

    // Of a long chain the newest ones are drawn.
    private const int RowsMax = 64;

    public static XElement Draw(ReportDisk disk)
    {
        Row[] rows = RowsOf(disk);
        double scale = (Width - LabelWidth - ValueWidth) / Math.Max(1, rows.Select(row => row.Exclusive + row.Shared).DefaultIfEmpty().Max());
        var bars = rows.Select((row, at) =>
        {
            double top = at * RowHeight;
            string value = $"{ByteText.Of(row.Exclusive)} + {ByteText.Of(row.Shared)}";
            return Svg(
                "g",
                Svg("title", $"{row.Label}: {row.Tip}; alone {ByteText.Of(row.Exclusive)}, shared {ByteText.Of(row.Shared)}"),
                Label(LabelWidth - 8, top, "end", Shorten(row.Label)),
                Bar("exclusive", LabelWidth, top, row.Exclusive * scale),
                Bar("shared", LabelWidth + (row.Exclusive * scale), top, row.Shared * scale),
                Label(LabelWidth + ((row.Exclusive + row.Shared) * scale) + 8, top, "start", value));
        });
        string title = $"Snapshots of {disk.Usage.Name}: bytes that each alone refers to, and bytes that it shares";
        return Drawing(Width, Math.Max(1, rows.Length) * RowHeight, title, [.. bars]);
    }

    private static Row[] RowsOf(ReportDisk disk)
    {
        IEnumerable<SnapshotUsage> newest = disk.Snapshots.Skip(Math.Max(0, disk.Snapshots.Count - RowsMax));
        IEnumerable<Row> rows = newest.Select(usage => new Row(usage.Snapshot.Name, TipOf(usage), usage.ExclusiveBytes, usage.SharedBytes));
        return disk.Usage.LogicalBytes > 0
            ? [.. rows, new Row("head", "the disk as it is", disk.Usage.ExclusiveBytes, disk.Usage.SharedBytes)]
            : [.. rows];
    }

    private static string TipOf(SnapshotUsage usage) =>
        $"{TimeText.Short(TimeText.Exact(usage.Snapshot.Created))}, {ByteText.Of(usage.LogicalBytes)}, stores {ByteText.Of(usage.StoredBytes)}";

    private static string Shorten(string name) => name.Length <= 28 ? name : $"{name[..27]}…";

    private static XElement Bar(string kind, double left, double top, double width) =>
        Svg("rect", Set("class", kind), Set("x", left), Set("y", top + 3), Set("width", width), Set("height", RowHeight - 6));

    private static XElement Label(double left, double top, string anchor, string text) =>
        Svg("text", Set("x", left), Set("y", top + (RowHeight * 0.7)), Set("text-anchor", anchor), text);

    private readonly record struct Row(string Label, string Tip, long Exclusive, long Shared);
}
