using BlockSnap.Log;

namespace BlockSnap.Tests.Storage;

/// <summary>Files that nothing lives in any more: recycled while disks are written, given back when they are quiet.</summary>
public sealed class SpareFileTests
{
    private const int SegmentBytes = 64 << 10;
    private const int DiskBytes = 1 << 20;
    private const int Rewrites = 6;

    [Fact]
    public async Task Rewriting_RecyclesFiles_AndAQuietPoolGivesThemBack()
    {
        var queue = new SimulatedWorkQueue();
        var device = new MemoryDevice();
        var time = new ManualTime();
        await using DiskPool pool = await DiskPool.CreateAsync(device, RecyclingOptions(queue, time), TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("disk", DiskBytes, cancellationToken: TestContext.Current.CancellationToken);
        int most = Rewrite(disk, queue, device);

        int inUse = (DiskBytes / SegmentBytes * 5 / 4) + 5; // heads, the catalog, the reserve, what is not worth compacting
        Assert.InRange(SegmentFilesOf(device), inUse + SegmentFiles.SparesAtRest + 1, most); // the later rounds created none

        int kept = SegmentFilesOf(device);
        time.Advance(TimeSpan.FromSeconds(59));
        RunAll(queue, 400);
        Assert.Equal(kept, SegmentFilesOf(device)); // however many looks there were
        time.Advance(TimeSpan.FromSeconds(1));
        var data = new byte[DiskBytes];
        Array.Fill(data, (byte)Rewrites);
        disk.Write(0, data.AsSpan(0, 4096)); // something happens still
        RunAll(queue, 400);
        Assert.Equal(SegmentFiles.SparesAtRest, pool.Core.Store.Files.Spares);
        time.Advance(TimeSpan.FromSeconds(60));
        RunAll(queue, 400);
        Assert.InRange(SegmentFilesOf(device), DiskBytes / SegmentBytes, inUse);
        Assert.Equal(0, pool.Core.Store.Files.Spares);
        var read = new byte[DiskBytes];
        disk.Read(0, read);
        Assert.Equal(data, read);
    }

    [Fact]
    public async Task Deleting_HastensTheGivingBack()
    {
        var queue = new SimulatedWorkQueue();
        var device = new MemoryDevice();
        var time = new ManualTime();
        await using DiskPool pool = await DiskPool.CreateAsync(device, RecyclingOptions(queue, time), TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("disk", DiskBytes, cancellationToken: TestContext.Current.CancellationToken);
        await disk.Chain.CreateAsync("empty", cancellationToken: TestContext.Current.CancellationToken);
        Rewrite(disk, queue, device);
        Assert.InRange(pool.Core.Store.Files.Spares, 1, int.MaxValue);

        await disk.Chain.DeleteAsync(["empty"], cancellationToken: TestContext.Current.CancellationToken);
        RunAll(queue, 400);
        time.Advance(TimeSpan.FromSeconds(5));
        RunAll(queue, 400);
        Assert.Equal(0, pool.Core.Store.Files.Spares);
        Rewrite(disk, queue, device);
        int kept = pool.Core.Store.Files.Spares;
        time.Advance(TimeSpan.FromSeconds(5));
        RunAll(queue, 400);
        Assert.InRange(pool.Core.Store.Files.Spares, Math.Max(1, kept), int.MaxValue); // the deletion is over
    }

    [Fact]
    public async Task FlushingOften_MakesFilesAhead()
    {
        var queue = new SimulatedWorkQueue();
        var device = new MemoryDevice();
        var options = new DiskPoolOptions { SegmentBytes = SegmentBytes, WorkQueue = queue };
        int ahead;
        await using (DiskPool pool = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken))
        {
            IDisk disk = await pool.CreateDiskAsync("disk", 2 * DiskBytes, cancellationToken: TestContext.Current.CancellationToken);
            var block = new byte[4096];
            for (int i = 0; i < 2 * DiskBytes / block.Length; i++)
            {
                Array.Fill(block, (byte)(1 + (i % 255)));
                disk.Write((long)i * block.Length, block);
                disk.Flush();
                RunAll(queue, 10);
            }

            int used = SegmentFilesOf(device);
            for (int i = 0; i < 20; i++) // three segments: of files that are there
            {
                disk.Write((long)i * block.Length, block);
                disk.Flush();
            }

            ahead = SegmentFilesOf(device);
            Assert.Equal(used, ahead);
        }

        var quiet = new DiskPoolOptions { BackgroundWork = false };
        await using DiskPool again = await DiskPool.OpenAsync(device, quiet, TestContext.Current.CancellationToken);
        Assert.Empty((await again.CheckAsync(cancellationToken: TestContext.Current.CancellationToken)).Errors);
        Assert.InRange(SegmentFilesOf(device), 1, ahead + 1);
    }

    private static DiskPoolOptions RecyclingOptions(SimulatedWorkQueue queue, ManualTime time) => new()
    {
        SegmentBytes = SegmentBytes,
        CheckpointBytes = 16 * SegmentBytes,
        WorkQueue = queue,
        TimeProvider = time,
    };

    // Returns how many files there were after the third round.
    private static int Rewrite(IDisk disk, SimulatedWorkQueue queue, MemoryDevice device)
    {
        var data = new byte[DiskBytes];
        int most = 0;
        for (int round = 1; round <= Rewrites; round++)
        {
            Array.Fill(data, (byte)round);
            disk.Write(0, data);
            RunAll(queue, 50);
            most = round == 3 ? SegmentFilesOf(device) : most;
        }

        return most;
    }

    private static int SegmentFilesOf(MemoryDevice device) =>
        device.List().Count(name => name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal));

    private static void RunAll(SimulatedWorkQueue queue, int most)
    {
        for (int i = 0; i < most && queue.Pick(i) is { } worker; i++)
        {
            worker.Run();
        }
    }
}
