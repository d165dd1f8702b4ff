using System.Globalization;
using System.Text;

namespace BlockSnap.Throughput.Reports;

/// <summary>The report as Markdown for a document: the machine, and a table without the columns that matter only while measuring.</summary>
internal static class FiguresTable
{
    public static string Write(Report report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{report.Machine}. Commit {report.Commit}, {report.Taken:yyyy-MM-dd}. ");
        string flushUnit = Figure.Format(report.FlushUnitSeconds, Unit.Seconds);
        text.Append(CultureInfo.InvariantCulture, $"Disk {ByteSize.Format(report.SizeBytes)}. F = {flushUnit}.\n\n");
        text.Append("| Workload | Pool | Compared with | Ratio | Min-max | Goal | Floor | Stands |\n");
        text.Append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (Measurement line in report.Measurements)
        {
            string pool = Figure.Format(line.Pool, line.Unit);
            string baseline = $"{Figure.Format(line.Baseline, line.Unit)}, {line.BaselineName}";
            string ratio = double.IsFinite(line.Ratio) ? Figure.Digits(line.Ratio) : "";
            string range = line.Rounds > 1 ? $"{Figure.Digits(line.RatioMin)}-{Figure.Digits(line.RatioMax)}" : "";
            text.Append(CultureInfo.InvariantCulture, $"| `{line.Name}` | {pool} | {baseline} | {ratio} | {range} | ");
            text.Append(CultureInfo.InvariantCulture, $"{line.Goal?.Target} | {line.Goal?.Floor} | {Describe(line.Verdict)} |\n");
        }

        foreach (string failure in report.Failures)
        {
            text.Append("\nFailed: ").Append(failure.Split('\n')[0]).Append('\n');
        }

        return text.ToString();
    }

    private static string Describe(Verdict verdict) => verdict switch
    {
        Verdict.None => "",
        Verdict.Uncounted => "device too slow",
        Verdict.Below => "**below**",
        Verdict.Floor => "floor",
        _ => "goal",
    };
}
