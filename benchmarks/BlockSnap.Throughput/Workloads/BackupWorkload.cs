using System.Diagnostics;
using System.Globalization;
using BlockSnap.Throughput.Reports;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Throughput.Workloads;

/// <summary>
/// What a backup program does between two snapshots: it lists what changed, reads it, and writes it to a file, durably. The file has for each
/// extent its offset and length, 16 bytes, and its data. Compared with writing a file of as many bytes in one go.
/// </summary>
internal sealed class BackupWorkload : Workload
{
    private const string From = "backup-from";
    private const string To = "backup-to";
    private const double ChangedShare = 0.01;
    private const int Rounds = 7;
    private const int BufferBytes = 1 << 20;
    private const int ExtentHeadBytes = 16;

    public override IReadOnlyCollection<PoolSpec> Pools(RunOptions options) => [PoolSpec.Full(options.Size)];

    public override IEnumerable<Measurement> Measure(Stage stage)
    {
        PoolUnderTest pool = stage.Pool(PoolSpec.Full(stage.Options.Size));
        string path = Path.Join(stage.Directory, "delta");
        var times = new List<double>();
        var plainTimes = new List<double>();
        long deltaBytes = 0;
        for (int round = -1; round < Rounds; round++)
        {
            pool.CreateSnapshot(From);
            pool.ChangeBlocks((int)(pool.WrittenBlocks * ChangedShare));
            pool.CreateSnapshot(To);
            Quiet.Wait();
            long start = Stopwatch.GetTimestamp();
            deltaBytes = WriteDelta(pool, path);
            double time = Stopwatch.GetElapsedTime(start).TotalSeconds;
            File.Delete(path);
            pool.DeleteSnapshot(From);
            pool.DeleteSnapshot(To);
            Quiet.Wait();
            start = Stopwatch.GetTimestamp();
            WritePlain(path, deltaBytes);
            double plainTime = Stopwatch.GetElapsedTime(start).TotalSeconds;
            File.Delete(path);
            if (round >= 0)
            {
                times.Add(time);
                plainTimes.Add(plainTime);
            }
        }

        yield return Measurement.OfPairs(Name, Unit.Seconds, "a file of as many bytes", times, plainTimes) with
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"{deltaBytes / (double)ByteSize.MiB:F1} MiB for 1 % of {ByteSize.Format(pool.Size)}"),
        };
    }

    private static long WriteDelta(PoolUnderTest pool, string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        using IDisk from = pool.Disk.Chain.Open(From);
        using IDisk to = pool.Disk.Chain.Open(To);
        byte[] buffer = new byte[BufferBytes];
        int used = 0;
        long written = 0;
        foreach (ChangedExtent extent in pool.Pool.DiffAsync(from, to).ToBlockingEnumerable())
        {
            for (long done = 0; done < extent.Length;)
            {
                if (used + ExtentHeadBytes + ByteSize.Block > buffer.Length)
                {
                    Drain();
                }

                int length = (int)Math.Min(extent.Length - done, (buffer.Length - used - ExtentHeadBytes) / ByteSize.Block * ByteSize.Block);
                BitConverter.TryWriteBytes(buffer.AsSpan(used), extent.Offset + done);
                BitConverter.TryWriteBytes(buffer.AsSpan(used + sizeof(long)), (long)length);
                to.Read(extent.Offset + done, buffer.AsSpan(used + ExtentHeadBytes, length));
                used += ExtentHeadBytes + length;
                done += length;
            }
        }

        Drain();
        Libc.DataSync(file);
        return written;

        void Drain()
        {
            RandomAccess.Write(file, buffer.AsSpan(0, used), written);
            written += used;
            used = 0;
        }
    }

    private static void WritePlain(string path, long bytes)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var noise = new NoiseBuffer(BufferBytes, Seeds.Next());
        for (long at = 0; at < bytes; at += BufferBytes)
        {
            RandomAccess.Write(file, noise.Take()[..(int)Math.Min(BufferBytes, bytes - at)], at);
        }

        Libc.DataSync(file);
    }
}
