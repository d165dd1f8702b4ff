using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput;

/// <summary>
/// Runs two sides in turn. With the load of the machine's neighbours, speeds change by 10 to 40 % within seconds, but the ratio of two rounds
/// side by side only by a few per cent. So each round has a ratio of its own, and the two sides take turns in going first.
/// </summary>
internal sealed class PairedRun(RunOptions options)
{
    // Until the code is compiled for the last time: the runtime compiles a method anew after 30 calls and 100 ms in which no other method
    // was compiled, and with its profile after one more such wait.
    private const int WarmRounds = 3;
    private const int WarmPauseMilliseconds = 150;
    private const double WarmSecondsMin = 0.25;

    /// <summary>Measures and makes the line of the report.</summary>
    public Measurement Measure(string name, string baselineName, Side pool, Side baseline)
    {
        Warm(pool);
        Warm(baseline);

        var poolRounds = new List<RoundResult>();
        var baselineRounds = new List<RoundResult>();
        var settleSeconds = new List<double>();
        long written = 0;
        TimeSpan length = TimeSpan.FromSeconds(options.RoundSeconds);
        for (int round = 0; round < options.Rounds; round++)
        {
            if (round % 2 != 0)
            {
                baselineRounds.Add(RunBaseline());
            }

            long before = ProcessIo.WrittenBytes();
            poolRounds.Add(pool.Pattern.Run(pool.Target, length));
            settleSeconds.Add(Settle(pool.Target));
            written += ProcessIo.WrittenBytes() - before;
            if (round % 2 == 0)
            {
                baselineRounds.Add(RunBaseline());
            }
        }

        Unit unit = pool.Pattern.Unit;
        Measurement line = Measurement.OfPairs(
            name,
            unit,
            baselineName,
            [.. poolRounds.Select(r => r.Rate(unit))],
            [.. baselineRounds.Select(r => r.Rate(unit))]);
        return line with
        {
            AllocatedBytesPerOperation = Statistics.Median(poolRounds.Select(r => (double)r.AllocatedBytes / r.Operations)),
            SettleSeconds = Statistics.Median(settleSeconds),
            GivenBytes = poolRounds.Sum(r => r.Bytes),
            WrittenBytes = written,
            PoolP99Seconds = pool.Pattern.Latencies?.Percentile(99),
            BaselineP99Seconds = baseline.Pattern.Latencies?.Percentile(99),
        };

        RoundResult RunBaseline()
        {
            RoundResult result = baseline.Pattern.Run(baseline.Target, length);
            Settle(baseline.Target);
            return result;
        }
    }

    private void Warm(Side side)
    {
        TimeSpan length = TimeSpan.FromSeconds(Math.Max(WarmSecondsMin, options.RoundSeconds / 2));
        for (int i = 0; i < WarmRounds; i++)
        {
            side.Pattern.Run(side.Target, length);
            Settle(side.Target);
            Thread.Sleep(WarmPauseMilliseconds);
        }

        side.Pattern.BeginMeasuring();
    }

    // Between the rounds of the two sides, what a round left dirty is written; the time counts for neither.
    private static double Settle(ITarget target)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        target.Flush();
        double flushSeconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        return flushSeconds + Quiet.Wait();
    }
}
