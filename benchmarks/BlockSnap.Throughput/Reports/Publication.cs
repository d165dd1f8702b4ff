using BlockSnap.Throughput.Scale;

namespace BlockSnap.Throughput.Reports;

/// <summary>
/// Puts the figures of a run where people read them, so that nobody types one: of a directory's <c>figures.json</c> it makes
/// <c>figures.svg</c> and a table in <c>README.md</c>, between two marks. The same for <c>scale.json</c>.
/// </summary>
internal static class Publication
{
    private const string ReadmeFile = "README.md";

    /// <exception cref="FileNotFoundException">The directory has neither figures nor scale, or no README.</exception>
    /// <exception cref="InvalidDataException">The figures cannot be read, or the README has no marks.</exception>
    public static void Write(string directory)
    {
        bool figures = TryWrite<Report>(directory, "figures", "How far each figure is from its goal", FiguresTable.Write, Plot.Write);
        bool scale = TryWrite<ScaleReport>(directory, "scale", "Time against size", ScaleTable.Write, ScalePlot.Write);
        if (!figures && !scale)
        {
            throw new FileNotFoundException($"'{directory}' has neither figures.json nor scale.json.");
        }
    }

    private static bool TryWrite<T>(string directory, string name, string title, Func<T, string> table, Func<T, string> plot)
    {
        string jsonPath = Path.Join(directory, name + ".json");
        if (!File.Exists(jsonPath))
        {
            return false;
        }

        T report = JsonReport.Read<T>(File.ReadAllText(jsonPath));
        string beginMark = $"<!-- {name}: made from {name}.json, do not edit -->";
        string endMark = $"<!-- /{name} -->";
        string readmePath = Path.Join(directory, ReadmeFile);
        string readme = File.ReadAllText(readmePath);
        int begin = readme.IndexOf(beginMark, StringComparison.Ordinal);
        int end = readme.IndexOf(endMark, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"{readmePath} has no place for {name}: a line '{beginMark}' and, below it, a line '{endMark}'.");
        }

        File.WriteAllText(readmePath, $"{readme[..begin]}{beginMark}\n![{title}]({name}.svg)\n\n{table(report)}{readme[end..]}");
        File.WriteAllText(Path.Join(directory, name + ".svg"), plot(report));
        return true;
    }
}
