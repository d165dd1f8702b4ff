using System.Diagnostics;
using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput.Patterns;

/// <summary>
/// A way to read or write, run for one round at a time. Each side of a pair has an instance of its own with the same seed. A round goes on
/// where the one before ended.
/// </summary>
internal abstract class Pattern
{
    /// <summary>The unit of the speed by which it is judged.</summary>
    public virtual Unit Unit => Unit.OperationsPerSecond;

    /// <summary>Latencies of all rounds since the warming; null when taking them would cost too much.</summary>
    public LatencyHistogram? Latencies { get; private set; }

    /// <summary>Whether latencies are taken. Two reads of the clock take 50 ns, too much beside a write of a microsecond.</summary>
    protected virtual bool TakesLatencies => false;

    /// <summary>Whether rounds do not count yet. A pattern with a fixed amount of work then may do another amount.</summary>
    protected bool IsWarming { get; private set; } = true;

    /// <summary>Forgets the latencies of the warming.</summary>
    public void BeginMeasuring()
    {
        Latencies = TakesLatencies ? new LatencyHistogram() : null;
        IsWarming = false;
    }

    /// <summary>Runs one round: for about <paramref name="length"/>, or a fixed amount of work where the pattern has one.</summary>
    public RoundResult Run(ITarget target, TimeSpan length)
    {
        long allocated = AllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        (long operations, long bytes) = RunRound(target, start + (long)(length.TotalSeconds * Stopwatch.Frequency));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new RoundResult(operations, bytes, seconds, AllocatedBytes() - allocated);
    }

    /// <summary>A running count of the managed bytes that the work allocates; unless overridden, those of the calling thread.</summary>
    protected virtual long AllocatedBytes() => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Works until the clock passes <paramref name="end"/>.</summary>
    protected abstract (long Operations, long Bytes) RunRound(ITarget target, long end);
}
