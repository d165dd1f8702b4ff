using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>Raw images in and out.</summary>
public sealed class DiskImageTests
{
    private const int Block = 4096;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block)]
    [InlineData((300 * Block) + 17)]
    public async Task ImportThenExport_GivesTheSameBytes(int size)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", size);
        byte[] image = Pattern.Bytes(size, seed: 1);
        image.AsSpan(size / 3, size / 2).Clear();

        Assert.Equal(size, await DiskImage.ImportAsync(new TrickleStream(image), disk));
        var exported = new MemoryStream();
        await DiskImage.ExportAsync(disk, exported);

        Assert.Equal(image, disk.ReadAll());
        Assert.Equal(image, exported.ToArray());
    }

    // Once, a disk that was grown ahead of an image of unknown length stayed so when the pool was full.
    [Fact]
    public async Task Import_IntoAPoolThatIsFull_LeavesADiskOfWhatFoundSpace()
    {
        var device = new CrashableDevice { CapacityBytes = 4 << 20 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 100);
        byte[] image = Pattern.Bytes(6 << 20, seed: 1);

        await Assert.ThrowsAsync<PoolFullException>(() => DiskImage.ImportAsync(new TrickleStream(image), disk));
        Assert.InRange(disk.Size, 1 << 20, 4 << 20);
        Assert.Equal(image[..(int)disk.Size], disk.ReadAll());
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Import_OfZeros_CostsNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        byte[] image = new byte[64 * Block];
        image[10 * Block] = 1;

        await DiskImage.ImportAsync(new MemoryStream(image), disk);

        Assert.Equal([10], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task Update_WritesOnlyBlocksThatDiffer()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", (64 * Block) + 100);
        byte[] image = Pattern.Bytes((64 * Block) + 100, seed: 1);
        await DiskImage.ImportAsync(new MemoryStream(image), disk);
        await disk.Chain.CreateAsync("s1");
        image[5 * Block]++;
        image.AsSpan(20 * Block, 2 * Block).Clear();
        image[^1]++;

        ImageUpdate update = await DiskImage.UpdateAsync(new TrickleStream(image), disk);

        Assert.Equal(image.Length, update.ReadBytes);
        Assert.InRange(update.WrittenBytes, 1, 4 * Block);
        Assert.Equal(image, disk.ReadAll());
        await disk.Chain.CreateAsync("s2");
        Assert.Equal(2 * Block, (await disk.Chain.GetUsageAsync("s2")).StoredBytes);
        Assert.DoesNotContain(20, await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task Export_ToAStreamThatCannotSeek_WritesTheHolesToo()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", (20 * Block) + 9);
        disk.WriteBlock(3, seed: 1);
        disk.WriteBlock(11, seed: 2);
        var target = new MemoryStream();

        await DiskImage.ExportAsync(disk, new OneWayStream(target));

        Assert.Equal(disk.ReadAll(), target.ToArray());
    }

    /// <summary>A saboteur: gives fewer bytes than asked for, as pipes do.</summary>
    private sealed class TrickleStream(byte[] data) : MemoryStream(data)
    {
        private int _reads;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, Next()));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, Next())]);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => Task.FromResult(Read(buffer, offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => ValueTask.FromResult(Read(buffer.Span));

        public override bool CanSeek => false;

        private int Next() => 1 + (++_reads * 7919 % 10_000);
    }

    /// <summary>A saboteur: only writes, forward, as standard output does.</summary>
    private sealed class OneWayStream(Stream target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer, offset, count);
    }
}
