using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace BlockSnap.Throughput;

/// <summary>A process of this same program that writes to a pool and never closes it.</summary>
internal static class ChildWriter
{
    /// <summary>The argument that makes this program the child: directory, bytes and seed follow.</summary>
    public const string Argument = "--child-writer";

    private const string Written = "written";
    private const int FlushEvery = 1024;

    // Time for the child to be in the middle of something when it is killed.
    private const int KillAfterMilliseconds = 20;

    /// <summary>Starts the child, waits until it has written, and kills it with SIGKILL while it writes on.</summary>
    public static void RunAndKill(string directory, long bytes, ulong seed)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(directory);
        start.ArgumentList.Add(bytes.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(seed.ToString(CultureInfo.InvariantCulture));
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

    /// <summary>The child: writes, says so, and goes on with a flush after each write until it is killed.</summary>
    public static int Run(string[] args)
    {
        string directory = args[1];
        long bytes = long.Parse(args[2], CultureInfo.InvariantCulture);
        ulong seed = ulong.Parse(args[3], CultureInfo.InvariantCulture);
        var options = new DiskPoolOptions { SnapshotQuota = SnapshotQuota.Unlimited, CheckpointBytes = Math.Max(4 * bytes, ByteSize.GiB) };
        DiskPool pool = DiskPool.OpenAsync(directory, options).GetAwaiter().GetResult();
        IDisk disk = pool.OpenDisk(PoolUnderTest.DiskName);
        var noise = new NoiseBuffer(ByteSize.Block, seed);
        var picker = new BlockPicker(disk.Size / ByteSize.Block, seed);
        for (long i = 1; i <= bytes / ByteSize.Block; i++)
        {
            disk.Write(picker.Next() * ByteSize.Block, noise.Take());
            if (i % FlushEvery == 0)
            {
                disk.Flush();
            }
        }

        disk.Flush();
        Console.Out.WriteLine(Written);
        Console.Out.Flush();
        while (true)
        {
            disk.Write(picker.Next() * ByteSize.Block, noise.Take());
            disk.Flush();
        }
    }
}
