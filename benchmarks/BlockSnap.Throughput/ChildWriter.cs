using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace BlockSnap.Throughput;

/// <summary>A process of this same program that writes to a pool and never closes it.</summary>
internal static class ChildWriter
{
    /// <summary>The argument that makes this program the child: directory, range, bytes, whether to flush, and seed follow.</summary>
    public const string Argument = "--child-writer";

    /// <summary>A block that the child has written before it is killed.</summary>
    public const long FirstOffset = 0;

    private const string Written = "written";
    private const int FlushEvery = 1024;

    // So that the child is in the middle of something when it is killed.
    private const int KillAfterMilliseconds = 20;

    /// <summary>Starts the child, waits until it has written, and kills it with SIGKILL while it writes on.</summary>
    public static void RunAndKill(string directory, long range, long bytes, bool flush, ulong seed)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        string[] arguments =
        [
            Argument, directory, range.ToString(CultureInfo.InvariantCulture), bytes.ToString(CultureInfo.InvariantCulture),
            flush.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture),
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process child = Process.Start(start)!;
        string? line = child.StandardOutput.ReadLine();
        Thread.Sleep(KillAfterMilliseconds);
        child.Kill();
        child.WaitForExit();
        if (line != Written)
        {
            throw new InvalidOperationException("The child failed before it had written.");
        }
    }

    /// <summary>The child: writes, says so, and goes on writing until it is killed. If it flushes at all, then after each later write.</summary>
    public static int Run(string[] args)
    {
        string directory = args[1];
        long range = long.Parse(args[2], CultureInfo.InvariantCulture);
        long bytes = long.Parse(args[3], CultureInfo.InvariantCulture);
        bool flush = bool.Parse(args[4]);
        ulong seed = ulong.Parse(args[5], CultureInfo.InvariantCulture);
        var options = new DiskPoolOptions { SnapshotQuota = SnapshotQuota.Unlimited, CheckpointBytes = Math.Max(4 * bytes, ByteSize.GiB) };
        DiskPool pool = DiskPool.OpenAsync(directory, options).GetAwaiter().GetResult();
        IDisk disk = pool.OpenDisk(PoolUnderTest.DiskName);
        var noise = new NoiseBuffer(ByteSize.Block, seed);
        var picker = new BlockPicker(range / ByteSize.Block, seed);
        disk.Write(FirstOffset, noise.Take());
        for (long i = 1; i < bytes / ByteSize.Block; i++)
        {
            disk.Write(picker.Next() * ByteSize.Block, noise.Take());
            if (flush && i % FlushEvery == 0)
            {
                disk.Flush();
            }
        }

        if (flush)
        {
            disk.Flush();
        }

        Console.Out.WriteLine(Written);
        Console.Out.Flush();
        while (true)
        {
            disk.Write(picker.Next() * ByteSize.Block, noise.Take());
            if (flush)
            {
                disk.Flush();
            }
        }
    }
}
