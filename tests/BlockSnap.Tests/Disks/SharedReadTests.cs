using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

public sealed class SharedReadTests
{
    private const int DiskBytes = 8 << 20;

    [Fact]
    public async Task Read_LargeOnesByManyThreadsAtOnce_GiveTheBytesOfEachRange()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", DiskBytes);
        byte[] content = Pattern.Bytes(DiskBytes, 1);
        disk.Write(0, content);
        disk.Flush();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            byte[] buffer = new byte[4 << 20];
            for (int i = 0; i < 60; i++)
            {
                int blocks = random.Next(1, buffer.Length / 4096);
                int first = random.Next((DiskBytes / 4096) - blocks);
                Span<byte> read = buffer.AsSpan(0, blocks * 4096);
                disk.Read(first * 4096L, read);
                Assert.True(read.SequenceEqual(content.AsSpan(first * 4096, read.Length)));
            }
        })));
    }

    [Fact]
    public async Task Read_LargeOneWithADamagedBlock_NamesTheBlock()
    {
        const int BadOffset = (5 << 20) + (64 << 10); // in a block, not in the head of a batch
        using var device = new MemoryDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device))
        {
            using IDisk disk = await pool.CreateDiskAsync("a", DiskBytes);
            disk.Write(0, Pattern.Bytes(DiskBytes, 1));
        }

        using (IDeviceFile file = device.Open("data-00000000", DeviceFileMode.Open))
        {
            byte[] one = new byte[1];
            file.Read(BadOffset, one);
            one[0] ^= 1;
            file.Write(BadOffset, one);
        }

        await using (DiskPool pool = await DiskPool.OpenAsync(device))
        {
            using IDisk disk = pool.OpenDisk("a");
            byte[] buffer = new byte[DiskBytes];
            BlockCorruptedException error = Assert.Throws<BlockCorruptedException>(() => disk.Read(0, buffer));
            Assert.InRange(error.OffsetBytes!.Value, 4 << 20, BadOffset); // the file has heads of batches too: the disk's offset is less
            disk.Read(0, buffer.AsSpan(0, 4 << 20));
        }
    }

    [Fact]
    public async Task Read_LargeOnes_AllocateNothing()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("a", DiskBytes);
        disk.Write(0, Pattern.Bytes(DiskBytes, 1));
        disk.Flush();
        byte[] buffer = new byte[DiskBytes];
        long least = long.MaxValue;
        for (int i = 0; i < 50; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            disk.Read(0, buffer);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least); // not each time: now and then the thread pool's queue grows because of what others put into it
    }
}
