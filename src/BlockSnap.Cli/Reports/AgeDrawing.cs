using System.Xml.Linq;
using static BlockSnap.Cli.ReportMarkup;

namespace BlockSnap.Cli;

/// <summary>A disk from its first block to its last: the fresher the colour, the later most blocks of a range were written.</summary>
internal static class AgeDrawing
{
    private const double Width = 960;
    private const double Height = 34;

    // Shades from the oldest to what was written after the last snapshot.
    private const int Shades = 8;

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
                Svg("title", $"{ByteText.Of((long)(disk.Usage.LogicalBytes * (first / (double)disk.Ages.Count)))} to {ByteText.Of((long)(disk.Usage.LogicalBytes * (end / (double)disk.Ages.Count)))}: {Tell(age, disk.Snapshots)}")));
            first = end;
        }

        return Drawing(Width, Height, $"Ages of the blocks of {disk.Usage.Name}, from its first to its last", [.. runs]);
    }

    private static string ClassOf(int age, int snapshots) => age == AgeStrip.Hole ? "hole" : $"age{(snapshots == 0 ? Shades - 1 : age * (Shades - 1) / snapshots)}";

    private static string Tell(int age, IReadOnlyList<SnapshotUsage> snapshots) =>
        age == AgeStrip.Hole ? "empty"
        : age == snapshots.Count ? snapshots.Count == 0 ? "written" : $"written after {snapshots[^1].Snapshot.Name}"
        : $"last written before {snapshots[age].Snapshot.Name}";
}
