using System.Diagnostics;

namespace BlockSnap.Throughput;

/// <summary>
/// F, the unit of durable operations: the time of one 4 KiB append and fdatasync into blocks that small writes have written already. It is
/// taken anew beside every timed operation, because the device's speed changes with the load of its neighbours.
/// </summary>
internal sealed class FlushUnit : IDisposable
{
    private const long FileBytes = 64 * ByteSize.MiB;
    private const int SampleCount = 32;

    /// <summary>The raw file must do 15,000 flushes a second for a flush-bound figure to count (LIMITS).</summary>
    private const double SecondsMax = 1.0 / 15_000;

    private readonly RawFile _file;
    private readonly NoiseBuffer _noise = new(ByteSize.Block, seed: 2);
    private readonly double[] _samples = new double[SampleCount];
    private readonly List<double> _taken = [];
    private long _offset;

    public FlushUnit(string path)
    {
        _file = new RawFile(path, FileBytes);
        _file.Prepare(PageCacheState.SmallWrites);
    }

    /// <summary>The median of all that was taken in this run, in seconds.</summary>
    public double Median => Statistics.Median(_taken);

    /// <summary>Whether the device was quick enough for flush-bound figures to count.</summary>
    public static bool IsQuick(double seconds) => seconds <= SecondsMax;

    /// <summary>F right now: the median of a few, in seconds.</summary>
    public double Take()
    {
        for (int i = 0; i < SampleCount; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _file.Write(_offset, _noise.Take());
            _file.Flush();
            _samples[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            _offset = (_offset + ByteSize.Block) % FileBytes;
        }

        double seconds = Statistics.Median(_samples);
        _taken.Add(seconds);
        return seconds;
    }

    public void Dispose() => _file.Dispose();
}
