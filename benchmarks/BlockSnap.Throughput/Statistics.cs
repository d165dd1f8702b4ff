namespace BlockSnap.Throughput;

/// <summary>Medians and percentiles of a handful of samples.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> samples) => Percentile(samples, 50);

    /// <summary>Interpolated between neighbours; NaN of nothing.</summary>
    public static double Percentile(IEnumerable<double> samples, double percent)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        double at = percent / 100 * (sorted.Length - 1);
        int low = (int)at;
        int high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((sorted[high] - sorted[low]) * (at - low));
    }
}
