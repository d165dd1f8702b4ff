using System.Globalization;
using System.Text;

namespace BlockSnap.Throughput.Reports;

/// <summary>
/// The report as one picture: how far each line with a goal is from it, on a logarithmic scale, better to the right. A dot is the median, a
/// bar the range of the rounds, a tick the floor.
/// </summary>
internal static class Plot
{
    private const int RowHeight = 18;
    private const int Top = 48;
    private const int Left = 220;
    private const int Width = 560;
    private const int Margin = 20;
    private const string Font = "font-family=\"sans-serif\" font-size=\"11\"";

    // The scale's ends; what lies outside is drawn at the edge.
    private const double Low = 0.1;
    private const double High = 10;

    private static readonly double[] Grid = [0.1, 0.2, 0.5, 1, 2, 5, 10];

    public static string Write(Report report)
    {
        Measurement[] lines = [.. report.Measurements.Where(line => line.Goal is { Target: > 0 } && double.IsFinite(line.Ratio))];
        int height = Top + (lines.Length * RowHeight) + Margin;
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + Margin} {height}\" {Font}>");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        FormattableString title = $"Figures by their goals: 1 is the goal, right is better (commit {report.Commit}, {report.Taken:yyyy-MM-dd})";
        Add($"<text x=\"{Margin}\" y=\"16\" font-size=\"13\">{FormattableString.Invariant(title)}</text>");
        foreach (double value in Grid)
        {
            string color = value == 1 ? "#555555" : "#dddddd";
            Add($"<line x1=\"{X(value)}\" y1=\"{Top - 8}\" x2=\"{X(value)}\" y2=\"{height - Margin}\" stroke=\"{color}\"/>");
            Add($"<text x=\"{X(value)}\" y=\"{Top - 14}\" text-anchor=\"middle\" fill=\"#555555\">{value}</text>");
        }

        for (int row = 0; row < lines.Length; row++)
        {
            AddLine(lines[row], Top + (row * RowHeight) + (RowHeight / 2));
        }

        Add($"</svg>");
        return svg.ToString();

        void AddLine(Measurement line, int y)
        {
            string color = ColorOf(line.Verdict);
            double floor = X(ToGoal(line, line.Goal!.Floor));
            double least = X(ToGoal(line, line.RatioMin));
            double most = X(ToGoal(line, line.RatioMax));
            Add($"<text x=\"{Left - 10}\" y=\"{y + 4}\" text-anchor=\"end\">{line.Name}</text>");
            Add($"<line x1=\"{floor}\" y1=\"{y - 6}\" x2=\"{floor}\" y2=\"{y + 6}\" stroke=\"#888888\" stroke-width=\"2\"/>");
            (double left, double right) = (Math.Min(least, most), Math.Max(least, most));
            Add($"<line x1=\"{left}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"{color}\" stroke-opacity=\"0.4\" stroke-width=\"4\"/>");
            FormattableString tip = $"{line.Name}: {Figure.Digits(line.Ratio)}, goal {line.Goal.Target}, floor {line.Goal.Floor}";
            double dot = X(ToGoal(line, line.Ratio));
            Add($"<circle cx=\"{dot}\" cy=\"{y}\" r=\"4\" fill=\"{color}\"><title>{FormattableString.Invariant(tip)}</title></circle>");
        }

        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    // 1 at the goal, above it when better.
    private static double ToGoal(Measurement line, double ratio) => line.IsMoreBetter ? ratio / line.Goal!.Target : line.Goal!.Target / ratio;

    private static double X(double value)
    {
        double share = Math.Log(Math.Clamp(value, Low, High) / Low) / Math.Log(High / Low);
        return Math.Round(Left + (share * Width), 1);
    }

    private static string ColorOf(Verdict verdict) => verdict switch
    {
        Verdict.Goal => "#1b7f3b",
        Verdict.Floor => "#c98a00",
        Verdict.Below => "#c0261c",
        _ => "#888888",
    };
}
