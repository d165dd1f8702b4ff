using BlockSnap.Log;

namespace BlockSnap.Tests.Storage;

/// <summary>Files that nothing lives in any more: recycled while disks are written, given back when they are quiet.</summary>
public sealed class SpareFileTests
{
    private const int SegmentBytes = 64 << 10;
    private const int DiskBytes = 1 << 20;

    [Fact]
    public async Task Rewriting_RecyclesFiles_AndAQuietPoolGivesThemBack()
    {
        var queue = new SimulatedWorkQueue();
        var device = new MemoryDevice();
        var options = new DiskPoolOptions { SegmentBytes = SegmentBytes, CheckpointBytes = 4 * SegmentBytes, WorkQueue = queue };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("disk", DiskBytes, cancellationToken: TestContext.Current.CancellationToken);
        var data = new byte[DiskBytes];
        int most = 0;
        for (int round = 1; round <= 6; round++)
        {
            Array.Fill(data, (byte)round);
            disk.Write(0, data);
            RunAll(queue, 50);
            most = round == 3 ? SegmentFilesOf(device) : most;
        }

        Assert.Equal(most, SegmentFilesOf(device)); // the later rounds created none
        int inUse = (DiskBytes / SegmentBytes * 5 / 4) + 4; // heads, the catalog, what is not worth compacting
        Assert.True(most > inUse + SegmentFiles.SparesAtRest, $"{most} files kept");

        RunAll(queue, 400); // looks that find nothing written
        Assert.InRange(SegmentFilesOf(device), DiskBytes / SegmentBytes, inUse + SegmentFiles.SparesAtRest);
        var read = new byte[DiskBytes];
        disk.Read(0, read);
        Assert.Equal(data, read);
    }

    private static int SegmentFilesOf(MemoryDevice device) => device.List().Count(name => name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal));

    private static void RunAll(SimulatedWorkQueue queue, int most)
    {
        for (int i = 0; i < most && queue.Pick(i) is { } worker; i++)
        {
            worker.Run();
        }
    }
}
