using System.Diagnostics;

namespace BlockSnap.Throughput;

/// <summary>
/// Waits for background work to end, so that the pool's does not fall into the other side's round. How long that took is reported: it is
/// work that a round put off.
/// </summary>
internal static class Quiet
{
    private const int WindowMilliseconds = 20;
    private const int WindowsInARow = 2;
    private const double BusyShare = 0.1;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    /// <summary>Returns once this process neither wrote nor used a tenth of a core for two windows; how long it was busy before, in seconds.</summary>
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
