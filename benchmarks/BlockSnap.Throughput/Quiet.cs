using System.Diagnostics;

namespace BlockSnap.Throughput;

/// <summary>
/// Waits for background work to end, so that the pool's does not fall into the other side's round. How long it went on is reported, because it
/// is work that the round put off.
/// </summary>
internal static class Quiet
{
    private const int WindowMilliseconds = 20;
    private const int WindowsInARow = 2;
    private const double BusyShare = 0.1;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    /// <summary>Waits until for two windows in a row this process wrote nothing and used less than a tenth of a core.</summary>
    /// <returns>How long it was busy before that, in seconds.</returns>
    public static double Wait()
    {
        long start = Stopwatch.GetTimestamp();
        double busySeconds = 0;
        for (int quiet = 0; quiet < WindowsInARow && Stopwatch.GetElapsedTime(start) < WaitMax;)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long written = ProcessIo.WrittenBytes();
            Thread.Sleep(WindowMilliseconds);
            bool busy = ProcessIo.WrittenBytes() != written
                || (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds > WindowMilliseconds * BusyShare;
            quiet = busy ? 0 : quiet + 1;
            busySeconds = busy ? Stopwatch.GetElapsedTime(start).TotalSeconds : busySeconds;
        }

        return busySeconds;
    }
}
