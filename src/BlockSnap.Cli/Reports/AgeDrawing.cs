using System.Xml.Linq;
using static BlockSnap.Cli.ReportMarkup;

namespace BlockSnap.Cli;

/// <summary>A disk from its first block to its last: the fresher the colour, the later most blocks of that range were written.</summary>
internal static class AgeDrawing
{
    /// <summary>How many shades there are: 0 is the oldest, the last is what was written after the last snapshot.</summary>
    public const int Shades = 8;

    private const double Width = 960;
    private const double Height = 34;

    public static XElement Draw(ReportDisk disk)
    {
        var runs = new List<XElement>();
        double step = Width / Math.Max(1, disk.Ages.Count);
        for (int first = 0; first < disk.Ages.Count;)
        {
            int age = disk.Ages[first];
            int end = first + 1;
            while (end < disk.Ages.Count && disk.Ages[end] == age)
            {
                end++;
            }

            runs.Add(Svg(
                "rect",
                Set("class", ClassOf(age, disk.Snapshots.Count)),
                Set("x", first * step),
                Set("y", 0),
                Set("width", (end - first) * step),
                Set("height", Height),
                Svg("title", $"{PlaceOf(disk, first)} to {PlaceOf(disk, end)}: {Tell(age, disk.Snapshots)}")));
            first = end;
        }

        return Drawing(Width, Height, $"Ages of the blocks of {disk.Usage.Name}, from its first to its last", [.. runs]);
    }

    private static string ClassOf(int age, int snapshots)
    {
        int shade = snapshots == 0 ? Shades - 1 : age * (Shades - 1) / snapshots;
        return age == AgeStrip.Hole ? "hole" : $"age{shade}";
    }

    // Where on the disk a range begins.
    private static string PlaceOf(ReportDisk disk, int range) => ByteText.Of((long)(disk.Usage.LogicalBytes * (range / (double)disk.Ages.Count)));

    private static string Tell(int age, IReadOnlyList<SnapshotUsage> snapshots)
    {
        if (age == AgeStrip.Hole)
        {
            return "empty";
        }

        if (age < snapshots.Count)
        {
            return $"last written before {snapshots[age].Snapshot.Name}";
        }

        return snapshots.Count == 0 ? "written" : $"written after {snapshots[^1].Snapshot.Name}";
    }
}
