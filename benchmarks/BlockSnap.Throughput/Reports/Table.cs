using System.Globalization;
using System.Text;

namespace BlockSnap.Throughput.Reports;

/// <summary>The report as a Markdown table, aligned for the terminal too.</summary>
internal static class Table
{
    // A pool that goes on working for less than this after a round is taken to have put nothing off.
    private const double SettleSecondsNoted = 0.1;

    private static readonly string[] Head =
        ["workload", "pool", "compared with", "is", "ratio", "min-max", "better", "goal", "floor", "stands", "in F", "B/op", "written", "note"];

    public static string Write(Report report)
    {
        string[][] rows = [Head, .. report.Measurements.Select(Cells)];
        int[] widths = [.. Head.Select((_, column) => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        text.AppendLine(report.Machine.ToString());
        string flushUnit = $"{Figure.Format(report.FlushUnitSeconds, Unit.Seconds)}, one 4 KiB append + fdatasync into written blocks";
        text.AppendLine(CultureInfo.InvariantCulture, $"Disk {ByteSize.Format(report.SizeBytes)}. F = {flushUnit}.");
        if (!report.FlushUnitIsQuick)
        {
            text.AppendLine("The device was too slow for flush-bound figures to count (15,000 flushes a second are needed): measure again.");
        }

        text.AppendLine();
        AppendRow(text, Head, widths);
        AppendRow(text, [.. widths.Select(width => new string('-', width))], widths);
        foreach (string[] row in rows.Skip(1))
        {
            AppendRow(text, row, widths);
        }

        foreach (string failure in report.Failures)
        {
            text.AppendLine().Append("FAILED ").AppendLine(failure);
        }

        return text.ToString();
    }

    /// <summary>One line by itself, for the progress.</summary>
    public static string WriteLine(Measurement line) => string.Join("  ", Cells(line).Where(cell => cell.Length > 0));

    private static void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (int i = 0; i < cells.Length; i++)
        {
            text.Append(' ').Append(cells[i].PadRight(widths[i])).Append(" |");
        }

        text.AppendLine();
    }

    private static string[] Cells(Measurement line) =>
    [
        line.Name,
        Figure.Format(line.Pool, line.Unit),
        line.BaselineName,
        Figure.Format(line.Baseline, line.Unit),
        double.IsFinite(line.Ratio) ? Figure.Digits(line.Ratio) : "",
        line.Rounds > 1 ? $"{Figure.Digits(line.RatioMin)}-{Figure.Digits(line.RatioMax)}" : "",
        line.IsMoreBetter ? "more" : "less",
        line.Goal is { Target: var target } ? Limit(target) : "",
        line.Goal is { Floor: var floor } ? Limit(floor) : "",
        Mark(line.Verdict),
        line.InFlushUnits is { } units ? Figure.Digits(units) : "",
        line.AllocatedBytesPerOperation is { } bytes ? bytes.ToString("0.##", CultureInfo.InvariantCulture) : "",
        line.WriteAmplification is { } amplification ? Figure.Digits(amplification) + " x" : "",
        string.Join("; ", Notes(line)),
    ];

    /// <summary>Goal and floor as they were set, without digits that say nothing.</summary>
    private static string Limit(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.None => "",
        Verdict.Uncounted => "?",
        Verdict.Below => "BELOW",
        Verdict.Floor => "floor",
        _ => "goal",
    };

    private static IEnumerable<string> Notes(Measurement line)
    {
        if (!line.Counts)
        {
            yield return "does not count: device too slow";
        }

        if (line.Note is { } note)
        {
            yield return note;
        }

        if (line is { PoolP99Seconds: { } pool, BaselineP99Seconds: { } baseline })
        {
            yield return $"p99 {Figure.Format(pool, Unit.Seconds)} / {Figure.Format(baseline, Unit.Seconds)}";
        }

        if (line.SettleSeconds is { } settle and > SettleSecondsNoted)
        {
            yield return $"works on for {Figure.Format(settle, Unit.Seconds)} after a round";
        }
    }
}
