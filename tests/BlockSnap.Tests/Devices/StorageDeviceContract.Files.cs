namespace BlockSnap.Tests.Devices;

/// <content>What a file of a device does: bytes, lengths, flushes.</content>
public abstract partial class StorageDeviceContract
{
    [Fact]
    public void Write_PastTheEnd_GrowsWithZerosBetween()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(3, [7, 8]);
        Assert.Equal([0, 0, 0, 7, 8], ReadAll(file));
    }

    [Fact]
    public void Write_Empty_ChangesNothing()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(100, []);
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void Write_AtTebibyte_KeepsTheFileSparse()
    {
        const long Far = 1L << 40;
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(Far, [1, 2, 3]);
        byte[] bytes = new byte[5];
        Assert.Equal(5, file.Read(Far - 2, bytes));
        Assert.Equal([0, 0, 1, 2, 3], bytes);
        Assert.Equal(Far + 3, file.Length);
    }

    [Fact]
    public async Task Read_AcrossTheEnd_IsShortAndPastItZero()
    {
        WriteFile("a", [1, 2, 3]);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        byte[] bytes = [9, 9, 9, 9];
        Assert.Equal(2, file.Read(1, bytes));
        Assert.Equal([2, 3, 9, 9], bytes);
        Assert.Equal(0, file.Read(3, bytes));
        Assert.Equal(0, file.Read(1L << 50, bytes));
        Assert.Equal(0, file.Read(0, []));
        bytes = [9, 9, 9, 9];
        Assert.Equal(2, await file.ReadAsync(1, bytes, Ct));
        Assert.Equal([2, 3, 9, 9], bytes);
        Assert.Equal(0, await file.ReadAsync(3, bytes, Ct));
    }

    [Fact]
    public async Task ReadAsync_Cancelled_ThrowsCancelled()
    {
        WriteFile("a", [1, 2, 3]);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await file.ReadAsync(0, new byte[3], new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task AnyCall_ImpossibleRange_ThrowsArgumentOutOfRange()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        foreach (long offset in new[] { -1, long.MinValue, long.MaxValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(offset, new byte[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Write(offset, new byte[1]));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await file.ReadAsync(offset, new byte[1], Ct));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => file.SetLength(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Allocate(-1));
    }

    [Fact]
    public void Open_Twice_HandlesSeeTheSameBytes()
    {
        using IDeviceFile one = Device.Open("a", DeviceFileMode.CreateNew);
        using IDeviceFile two = Device.Open("a", DeviceFileMode.Open);
        one.Write(0, [1, 2]);
        two.Write(2, [3]);
        Assert.Equal([1, 2, 3], ReadAll(one));
        Assert.Equal([1, 2, 3], ReadAll(two));
    }

    [Fact]
    public void SetLength_ShrunkAndGrownAgain_ReadsZeroBeyondTheCut()
    {
        WriteFile("a", Pattern(200_000));
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        file.SetLength(70_001);
        Assert.Equal(70_001, file.Length);
        file.SetLength(150_000);
        byte[] bytes = ReadAll(file);
        Assert.Equal(Pattern(200_000)[..70_001], bytes[..70_001]);
        Assert.Equal(-1, bytes.AsSpan(70_001).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Allocate_Longer_GrowsWithZerosAndKeepsContent()
    {
        WriteFile("a", [1, 2, 3]);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        file.Allocate(100_000);
        byte[] bytes = ReadAll(file);
        Assert.Equal(100_000, bytes.Length);
        Assert.Equal([1, 2, 3], bytes[..3]);
        Assert.Equal(-1, bytes.AsSpan(3).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Allocate_Shorter_ChangesNothing(long length)
    {
        WriteFile("a", [1, 2, 3]);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        file.Allocate(length);
        Assert.Equal([1, 2, 3], ReadAll(file));
    }

    [Fact]
    public void AnyOperation_RandomSequence_MatchesAByteArray()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        byte[] model = [];
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        for (int step = 0; step < 600; step++)
        {
            int offset = random.Next(300_000);
            byte[] bytes = new byte[random.Next(100_000)];
            switch (random.Next(6))
            {
                case 0 or 1 when bytes.Length > 0:
                    random.NextBytes(bytes);
                    file.Write(offset, bytes);
                    Array.Resize(ref model, Math.Max(model.Length, offset + bytes.Length));
                    bytes.CopyTo(model, offset);
                    break;
                case 2:
                    file.SetLength(offset);
                    Array.Resize(ref model, offset);
                    break;
                case 3:
                    file.Allocate(offset);
                    Array.Resize(ref model, Math.Max(model.Length, offset));
                    break;
                case 4:
                    file.Flush();
                    break;
                default:
                    int read = file.Read(offset, bytes);
                    Assert.Equal(Math.Clamp(model.Length - offset, 0, bytes.Length), read);
                    Assert.True(read == 0 || bytes.AsSpan(0, read).SequenceEqual(model.AsSpan(offset, read)), $"seed {seed}, step {step}");
                    break;
            }

            Assert.True(file.Length == model.Length, $"seed {seed}, step {step}");
        }

        Assert.True(ReadAll(file).AsSpan().SequenceEqual(model), $"seed {seed}");
    }

    [Fact]
    public void Write_ManyThreadsBesideAllocateAndRead_LosesNothing()
    {
        const int BlockBytes = 3000; // Not a divisor of any page or chunk, so that neighbours share them.
        const int BlockCount = 2000;
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        Parallel.For(0, BlockCount, new ParallelOptions { CancellationToken = Ct }, i =>
        {
            byte[] block = new byte[BlockBytes];
            block.AsSpan().Fill((byte)(i % 251 + 1));
            file.Write((long)i * BlockBytes, block);
            if (i % 50 == 0)
            {
                file.Allocate((long)(i + 20) * BlockBytes);
                file.Flush();
            }

            byte[] back = new byte[BlockBytes];
            Assert.Equal(BlockBytes, file.Read((long)i * BlockBytes, back));
            Assert.Equal(block, back);
        });

        byte[] all = ReadAll(file);
        for (int i = 0; i < BlockCount; i++)
        {
            Assert.Equal(-1, all.AsSpan(i * BlockBytes, BlockBytes).IndexOfAnyExcept((byte)(i % 251 + 1)));
        }
    }

    [Fact]
    public void ReadWriteFlush_Warm_AllocateNothing()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        byte[] block = new byte[4096];
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            for (int i = 0; i < 20; i++)
            {
                file.Write(i * 4096, block);
                file.Read(i * 4096, block);
                file.Flush();
            }
        }
    }

    [Fact]
    public void File_Disposed_ThrowsObjectDisposed()
    {
        IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Length);
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => file.Write(0, [1]));
        Assert.Throws<ObjectDisposedException>(() => file.SetLength(1));
        Assert.Throws<ObjectDisposedException>(() => file.Allocate(1));
        Assert.Throws<ObjectDisposedException>(file.Flush);
    }
}
