using BlockSnap.Tests.Cli;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

public class DiskImageFileTests
{
    [Fact]
    public async Task Import_IntoLargerDiskWithData_ReplacesThePartOfTheImageOnly()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 3 << 20);
        byte[] old = Filled(3 << 20, 9);
        await disk.WriteAsync(0, old);

        // The zeros of the image's second MiB must hide what was there.
        byte[] image = [.. Filled(1 << 20, 1), .. new byte[1 << 20], .. Filled(100, 2)];
        Assert.Equal(image.Length, await DiskImage.ImportAsync(new MemoryStream(image), disk));

        Assert.Equal(3 << 20, disk.Size);
        byte[] expected = [.. image, .. old[image.Length..]];
        Assert.True((await ReadAsync(disk)).AsSpan().SequenceEqual(expected));
    }

    [Fact]
    public async Task Import_FromTheStreamsPosition_ReportsProgressWithTheTotal()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 0);
        var reports = new List<WorkProgress>();

        await DiskImage.ImportAsync(new MemoryStream(Filled((2 << 20) + 10, 5)) { Position = 10 }, disk, new Reports(reports.Add));

        // But for the time that is left, which depends on the machine.
        Assert.Equal([(1 << 20, 2 << 20), (2 << 20, 2 << 20)], reports.Select(report => (report.Done, report.Total)));
        Assert.Equal(2 << 20, disk.Size);
    }

    [Fact]
    public async Task Import_OfZeros_AllocatesNothing()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 0);

        Assert.Equal(5_000_000, await DiskImage.ImportAsync(new TricklingStream(new byte[5_000_000]), disk));

        Assert.Equal(5_000_000, disk.Size);
        Assert.Empty(await ExtentsAsync(disk));
    }

    [Fact]
    public async Task Update_WhenThePipeBreaks_KeepsNoProvisionalSize()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 1000);

        var broken = new TricklingStream(Filled(5 << 20, 5)) { FailAt = 3 << 20 };
        await Assert.ThrowsAsync<IOException>(() => DiskImage.UpdateAsync(broken, disk));

        Assert.InRange(disk.Size, 1000, 3 << 20);
        Assert.True((await ReadAsync(disk)).AsSpan().SequenceEqual(Filled((int)disk.Size, 5)));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public async Task Update_WithScatteredChanges_WritesWholeBlocksThatDifferOnly(int blockBytes)
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        byte[] image = Filled((5 << 20) + 100, 3);
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 0, new BlockSize(blockBytes));
        await DiskImage.ImportAsync(new MemoryStream(image), disk);
        var blocks = new HashSet<int>();
        var random = new Random(7);
        for (int index = 0; index < 3; index++)
        {
            int offset = random.Next(5 << 20);
            image[offset]++;
            blocks.Add(offset / blockBytes);
        }

        ImageUpdate update = await DiskImage.UpdateAsync(new TricklingStream(image), disk);

        Assert.Equal(new ImageUpdate(image.Length, (long)blocks.Count * blockBytes), update);
        Assert.True((await ReadAsync(disk)).AsSpan().SequenceEqual(image));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 100)]
    [InlineData((5 << 20) + 4095)]
    public async Task PreviewUpdate_SaysWhatUpdateWrites_AndChangesNothing(int imageBytes)
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 0);
        byte[] content = Filled((3 << 20) + 100, 3);
        await DiskImage.ImportAsync(new MemoryStream(content), disk);
        await disk.Chain.CreateAsync("s1");
        byte[] image = Filled(imageBytes, 3);
        for (int at = 0; at < imageBytes; at += 300_000)
        {
            image[at]++;
        }

        image.AsSpan(0, Math.Min(imageBytes, 10_000)).Clear();
        ImageUpdate plan = await DiskImage.PreviewUpdateAsync(new TricklingStream(image), disk);

        Assert.Equal(content.Length, disk.Size);
        Assert.True((await ReadAsync(disk)).AsSpan().SequenceEqual(content));
        Assert.Empty(await pool.GetDiffAsync(disk.Chain.Open("s1"), disk));
        await using (IDisk view = disk.Chain.Open("s1"))
        {
            Assert.Equal(plan, await DiskImage.PreviewUpdateAsync(new MemoryStream(image), view));
        }

        Assert.Equal(plan, await DiskImage.UpdateAsync(new MemoryStream(image), disk));
        Assert.Equal(imageBytes > 0, plan.WrittenBytes > 0);
        Assert.True((await ReadAsync(disk)).AsSpan().SequenceEqual(image));
    }

    [Fact]
    public async Task Export_IntoAStreamWithOldContent_ReplacesItFromThePositionOn()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 20_000);
        await disk.WriteAsync(8192, Filled(4096, 6));
        var stream = new MemoryStream();
        stream.Write(Filled(50_000, 9));
        stream.Position = 10;

        await DiskImage.ExportAsync(disk, stream);

        byte[] expected = [.. Filled(10, 9), .. new byte[8192], .. Filled(4096, 6), .. new byte[20_000 - 12_288]];
        Assert.Equal(expected, stream.ToArray());
    }

    [Fact]
    public async Task ImportUpdateExport_Cancelled_Throw()
    {
        using CommandPool folder = await CommandPool.CreateAsync();
        await using DiskPool pool = await folder.OpenAsync();
        await using IDisk disk = await pool.CreateDiskAsync("vm1", 8192);
        await disk.WriteAsync(0, Filled(4096, 6));
        var cancelled = new CancellationToken(true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DiskImage.ImportAsync(new MemoryStream(new byte[9]), disk, null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DiskImage.UpdateAsync(new MemoryStream(new byte[9]), disk, null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DiskImage.ExportAsync(disk, new MemoryStream(), null, cancelled));
        Assert.Equal(8192, disk.Size);
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] data = new byte[length];
        data.AsSpan().Fill(value);
        return data;
    }

    private static async Task<byte[]> ReadAsync(IDisk disk)
    {
        byte[] content = new byte[disk.Size];
        await disk.ReadAsync(0, content);
        return content;
    }

    private static async Task<List<ByteRange>> ExtentsAsync(IDisk disk)
    {
        var extents = new List<ByteRange>();
        await foreach (ByteRange extent in disk.GetAllocatedExtentsAsync())
        {
            extents.Add(extent);
        }

        return extents;
    }
}
