using System.Globalization;
using System.Text;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Scale;

/// <summary>The curves as Markdown: one table each, operations down, sizes across, and how much the last differs from the first.</summary>
internal static class ScaleTable
{
    public static string Write(ScaleReport report)
    {
        var text = new StringBuilder();
        (string cache, string beside) = (ByteSize.Format(report.CacheBytes), ByteSize.Format(ScaleReport.MemoryBeside));
        text.Append(CultureInfo.InvariantCulture, $"{report.Machine}. Commit {report.Commit}, {report.Taken:yyyy-MM-dd}. ");
        text.Append("On a device that keeps no data and does not flush. ");
        text.Append(CultureInfo.InvariantCulture, $"Memory may be {cache} of cache and {beside} beside it.\n");
        foreach (ScaleCurve curve in report.Curves)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{curve.Name}** (time; reads of the device, bytes written to it)\n\n");
            Append(text, ["", .. curve.Points.Select(point => curve.Format(point.Size)), "grows"]);
            Append(text, [.. Enumerable.Repeat("---", curve.Points.Count + 2)]);
            foreach (string operation in curve.Points[0].Costs.Select(cost => cost.Operation))
            {
                ScaleCost[] costs = [.. curve.Points.Select(point => point.Costs.Single(cost => cost.Operation == operation))];
                Append(text, [operation, .. costs.Select(Describe), Figure.Digits(costs[^1].Seconds / costs[0].Seconds) + " x"]);
            }

            Append(text, ["memory", .. curve.Points.Select(DescribeMemory), ""]);
        }

        return text.ToString();
    }

    private static string Describe(ScaleCost cost) =>
        $"{Figure.Format(cost.Seconds, Unit.Seconds)}; {Figure.Digits(cost.DeviceReads)}, {Figure.Digits(cost.WrittenBytes / 1024)} KiB";

    private static string DescribeMemory(ScalePoint point) =>
        $"{point.MemoryBytes / ByteSize.MiB} MiB, {point.ManagedBytes / ByteSize.MiB} of it managed";

    private static void Append(StringBuilder text, string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
