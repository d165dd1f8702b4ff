using System.Diagnostics;
using System.Numerics;

namespace BlockSnap.Throughput;

/// <summary>
/// Counts latencies in buckets, 32 for each power of two, so that recording one costs nanoseconds and no memory. For one thread.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepsLog2 = 5;

    private readonly long[] _counts = new long[64 << StepsLog2];
    private long _total;

    public void Record(long ticks)
    {
        ulong value = (ulong)Math.Max(ticks, 1 << StepsLog2);
        int exponent = BitOperations.Log2(value);
        int step = (int)(value >> (exponent - StepsLog2)) & ((1 << StepsLog2) - 1);
        _counts[(exponent << StepsLog2) | step]++;
        _total++;
    }

    /// <summary>The lower edge of the bucket of that percentile, in seconds; 0 when nothing was recorded.</summary>
    public double Percentile(double percent)
    {
        long below = Math.Min((long)(_total * percent / 100), _total - 1);
        for (int i = 0; i < _counts.Length; i++)
        {
            below -= _counts[i];
            if (below < 0)
            {
                int exponent = i >> StepsLog2;
                double lower = Math.ScaleB(1 + ((double)(i & ((1 << StepsLog2) - 1)) / (1 << StepsLog2)), exponent);
                return lower / Stopwatch.Frequency;
            }
        }

        return 0;
    }
}
