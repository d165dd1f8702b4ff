namespace BlockSnap.Throughput.Reports;

/// <summary>
/// Puts the figures of a run where people read them: <c>figures.json</c> of a directory becomes its <c>figures.svg</c> and the table in its
/// <c>README.md</c>, between two marks. Nobody types a figure.
/// </summary>
internal static class Publication
{
    private const string JsonFile = "figures.json";
    private const string PlotFile = "figures.svg";
    private const string ReadmeFile = "README.md";
    private const string Begin = "<!-- figures: made from figures.json, do not edit -->";
    private const string End = "<!-- /figures -->";

    /// <exception cref="FileNotFoundException">The directory has no figures or no README.</exception>
    /// <exception cref="InvalidDataException">The figures cannot be read, or the README has no marks.</exception>
    public static void Write(string directory)
    {
        Report report = JsonReport.Read<Report>(File.ReadAllText(Path.Join(directory, JsonFile)));
        string readmePath = Path.Join(directory, ReadmeFile);
        string readme = File.ReadAllText(readmePath);
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal);
        int end = readme.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"{readmePath} has no place for the figures: a line '{Begin}' and, below it, a line '{End}'.");
        }

        File.WriteAllText(readmePath, $"{readme[..begin]}{Begin}\n![How far each figure is from its goal]({PlotFile})\n\n{FiguresTable.Write(report)}{readme[end..]}");
        File.WriteAllText(Path.Join(directory, PlotFile), Plot.Write(report));
    }
}
