using System.Globalization;
using System.Xml.Linq;
using static BlockSnap.Cli.ReportMarkup;

namespace BlockSnap.Cli;

/// <summary>What the pool's snapshots store together, over the time: a step for each snapshot, at the time it was made.</summary>
internal static class CapacityDrawing
{
    private const double Width = 960;
    private const double Height = 220;
    private const double Left = 90;
    private const double Bottom = 30;
    private const int GridLines = 4;

    public static XElement Draw(ReportData data)
    {
        SnapshotUsage[] all = [.. data.Disks.SelectMany(disk => disk.Snapshots).OrderBy(usage => usage.Snapshot.Created)];
        DateTimeOffset begin = all[0].Snapshot.Created;
        double span = Math.Max(1, (data.Time - begin).Ticks);
        double total = Math.Max(1, all.Sum(usage => (double)usage.StoredBytes));
        var steps = new List<string>();
        double sum = 0;
        foreach (SnapshotUsage usage in all)
        {
            double x = XOf(usage.Snapshot.Created);
            steps.Add(Point(x, YOf(sum)));
            sum += usage.StoredBytes;
            steps.Add(Point(x, YOf(sum)));
        }

        steps.Add(Point(Width, YOf(sum)));
        string area = string.Join(' ', steps.Prepend(Point(Left, YOf(0))).Append(Point(Width, YOf(0))));
        return Drawing(
            Width,
            Height,
            $"Bytes that the snapshots of all disks store together, from {Day(begin)} to {Day(data.Time)}",
            Enumerable.Range(0, GridLines + 1).Select(line => Grid(total * line / GridLines)).ToArray<object>(),
            Svg("polygon", Set("class", "area"), Set("points", area)),
            Svg("polyline", Set("class", "line"), Set("points", string.Join(' ', steps))),
            Text(Left, Height - 6, "start", Day(begin)),
            Text(Width, Height - 6, "end", Day(data.Time)));

        double XOf(DateTimeOffset time) => Left + (Math.Clamp((time - begin).Ticks / span, 0, 1) * (Width - Left));

        double YOf(double bytes) => Height - Bottom - (bytes / total * (Height - Bottom - 12));

        object[] Grid(double bytes) =>
        [
            Svg("line", Set("class", "grid"), Set("x1", Left), Set("x2", Width), Set("y1", YOf(bytes)), Set("y2", YOf(bytes))),
            Text(Left - 8, YOf(bytes) + 4, "end", ByteText.Of((long)bytes)),
        ];
    }

    private static string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:0.##},{y:0.##}");

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static XElement Text(double x, double y, string anchor, string text) =>
        Svg("text", Set("x", x), Set("y", y), Set("text-anchor", anchor), text);
}
