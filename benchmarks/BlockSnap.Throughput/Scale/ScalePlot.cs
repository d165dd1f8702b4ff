using System.Globalization;
using System.Text;

namespace BlockSnap.Throughput.Scale;

/// <summary>
/// The curves as one picture: a chart for each kind of size, time against size, both logarithmic. The goal is a flat line; the grey diagonal
/// is a time in proportion to the size.
/// </summary>
internal static class ScalePlot
{
    private const int ChartWidth = 380;
    private const int ChartHeight = 260;
    private const int Left = 60;
    private const int Top = 44;
    private const int Legend = 150;
    private const int ChartsInARow = 2;
    private const string Font = "font-family=\"sans-serif\" font-size=\"11\"";
    private const double LowSeconds = 1e-7;
    private const double HighSeconds = 10;

    private static readonly string[] Colors =
        ["#1b6ca8", "#c0261c", "#1b7f3b", "#c98a00", "#6b3fa0", "#d1478c", "#008b8b", "#5a5a5a", "#8b5a2b", "#3030d0", "#90a000"];

    public static string Write(ScaleReport report)
    {
        const int CellWidth = Left + ChartWidth + Legend;
        const int CellHeight = Top + ChartHeight + Left;
        int rows = (report.Curves.Count + ChartsInARow - 1) / ChartsInARow;
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {ChartsInARow * CellWidth} {rows * CellHeight}\" {Font}>");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        for (int i = 0; i < report.Curves.Count; i++)
        {
            Add($"<g transform=\"translate({(i % ChartsInARow * CellWidth) + Left},{(i / ChartsInARow * CellHeight) + Top})\">");
            AddChart(report.Curves[i]);
            Add($"</g>");
        }

        Add($"</svg>");
        return svg.ToString();

        void AddChart(ScaleCurve curve)
        {
            Add($"<text x=\"0\" y=\"-16\" font-size=\"13\">{curve.Name}</text>");
            Add($"<rect width=\"{ChartWidth}\" height=\"{ChartHeight}\" fill=\"none\" stroke=\"#999999\"/>");
            for (double seconds = LowSeconds; seconds <= HighSeconds * 1.01; seconds *= 10)
            {
                Add($"<line x1=\"0\" y1=\"{Y(seconds)}\" x2=\"{ChartWidth}\" y2=\"{Y(seconds)}\" stroke=\"#e5e5e5\"/>");
                Add($"<text x=\"-6\" y=\"{Y(seconds) + 4}\" text-anchor=\"end\">{Reports.Figure.Format(seconds, Reports.Unit.Seconds)}</text>");
            }

            foreach (ScalePoint point in curve.Points)
            {
                Add($"<text x=\"{X(curve, point.Size)}\" y=\"{ChartHeight + 16}\" text-anchor=\"middle\">{curve.Format(point.Size)}</text>");
            }

            AddDiagonal(curve);
            string[] operations = [.. curve.Points[0].Costs.Select(cost => cost.Operation)];
            for (int i = 0; i < operations.Length; i++)
            {
                string color = Colors[i % Colors.Length];
                IEnumerable<string> points = curve.Points.Select(point =>
                {
                    ScaleCost cost = point.Costs.Single(cost => cost.Operation == operations[i]);
                    return string.Create(CultureInfo.InvariantCulture, $"{X(curve, point.Size)},{Y(cost.Seconds)}");
                });
                Add($"<polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
                Add($"<text x=\"{ChartWidth + 10}\" y=\"{(i * 16) + 10}\" fill=\"{color}\">{operations[i]}</text>");
            }
        }

        void AddDiagonal(ScaleCurve curve)
        {
            const double Start = 1e-6;
            double growth = Math.Min((double)curve.Points[^1].Size / curve.Points[0].Size, HighSeconds / Start);
            double left = X(curve, curve.Points[0].Size);
            double right = X(curve, curve.Points[0].Size * growth);
            Add($"<line x1=\"{left}\" y1=\"{Y(Start)}\" x2=\"{right}\" y2=\"{Y(Start * growth)}\" stroke=\"#bbbbbb\" stroke-dasharray=\"4 4\"/>");
        }

        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static double X(ScaleCurve curve, double size)
    {
        double growth = Math.Log((double)curve.Points[^1].Size / curve.Points[0].Size);
        return growth == 0 ? 0 : Math.Round(Math.Log(size / curve.Points[0].Size) / growth * ChartWidth, 1);
    }

    private static double Y(double seconds)
    {
        double share = Math.Log(Math.Clamp(seconds, LowSeconds, HighSeconds) / LowSeconds) / Math.Log(HighSeconds / LowSeconds);
        return Math.Round(ChartHeight * (1 - share), 1);
    }
}
