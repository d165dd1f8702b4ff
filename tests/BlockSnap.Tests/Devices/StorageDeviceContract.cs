namespace BlockSnap.Tests.Devices;

/// <summary>What every <see cref="IStorageDevice"/> must do. A class per implementation derives from it.</summary>
public abstract class StorageDeviceContract : IDisposable
{
    // Lazy, for its lock: tests ask for the device from many threads at once, and all must get the same one.
    private readonly Lazy<IStorageDevice> _device;

    protected StorageDeviceContract() => _device = new(Create);

    /// <summary>The device under test, empty at first.</summary>
    protected IStorageDevice Device => _device.Value;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (_device.IsValueCreated)
        {
            _device.Value.Dispose();
        }

        CleanUp();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Open_Missing_ThrowsFileNotFound()
    {
        Assert.Throws<FileNotFoundException>(() => Device.Open("a", DeviceFileMode.Open));
        Assert.False(Device.Exists("a"));
    }

    [Fact]
    public void Open_OrCreateMissing_CreatesEmptyFile()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.OpenOrCreate);
        Assert.Equal("a", file.Name);
        Assert.Equal(0, file.Length);
        Assert.True(Device.Exists("a"));
    }

    [Theory]
    [InlineData(DeviceFileMode.Open)]
    [InlineData(DeviceFileMode.OpenOrCreate)]
    public void Open_Existing_KeepsContent(DeviceFileMode mode)
    {
        WriteFile("a", [1, 2, 3]);
        using IDeviceFile file = Device.Open("a", mode);
        Assert.Equal([1, 2, 3], ReadAll(file));
    }

    [Fact]
    public void Open_CreateNewExisting_ThrowsAndKeepsContent()
    {
        WriteFile("a", [1, 2, 3]);
        Exception thrown = Assert.ThrowsAny<IOException>(() => Device.Open("a", DeviceFileMode.CreateNew));
        Assert.IsNotType<FileNotFoundException>(thrown);
        Assert.IsNotAssignableFrom<BlockSnapException>(thrown);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        Assert.Equal([1, 2, 3], ReadAll(file));
    }

    [Fact]
    public void Open_UnknownMode_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Open("a", (DeviceFileMode)9));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("ä")]
    [InlineData("lock")]
    [InlineData("LOCK")]
    public void AnyCall_InvalidName_ThrowsArgument(string name)
    {
        Assert.Throws<ArgumentException>(() => Device.Open(name, DeviceFileMode.OpenOrCreate));
        Assert.Throws<ArgumentException>(() => Device.Exists(name));
        Assert.Throws<ArgumentException>(() => Device.Delete(name));
        Assert.Empty(Device.List());
    }

    [Fact]
    public void Open_LongestName_WorksAndOneMoreIsRefused()
    {
        WriteFile(new string('n', 200), [1]);
        Assert.Equal([new string('n', 200)], Device.List());
        Assert.Throws<ArgumentException>(() => Device.Exists(new string('n', 201)));
    }

    [Fact]
    public void List_SomeFiles_IsSortedByOrdinalAndOmitsTheLock()
    {
        using IDisposable ownership = Device.AcquireOwnership();
        foreach (string name in new[] { "b", "a-2", "a.1", "C" })
        {
            WriteFile(name, []);
        }

        Assert.Equal(["C", "a-2", "a.1", "b"], Device.List());
    }

    [Fact]
    public void Delete_Existing_RemovesItAndMissingIsNoError()
    {
        WriteFile("a", [1]);
        Device.Delete("a");
        Device.Delete("a");
        Assert.False(Device.Exists("a"));
        Assert.Empty(Device.List());
    }

    [Fact]
    public void Delete_OpenFile_HandleKeepsWorkingOnTheOldBytes()
    {
        WriteFile("a", [1, 2]);
        using IDeviceFile old = Device.Open("a", DeviceFileMode.Open);
        Device.Delete("a");
        using IDeviceFile young = Device.Open("a", DeviceFileMode.CreateNew);
        old.Write(2, [3]);
        Assert.Equal([1, 2, 3], ReadAll(old));
        Assert.Equal(0, young.Length);
    }

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
    public void FlushNames_AfterCreateAndDelete_Returns()
    {
        WriteFile("a", [1]);
        Device.FlushNames();
        Device.Delete("a");
        Device.FlushNames();
    }

    [Fact]
    public void AcquireOwnership_Held_IsRefusedUntilGivenBack()
    {
        IDisposable first = Device.AcquireOwnership();
        var refused = Assert.Throws<PoolInUseException>(Device.AcquireOwnership);
        Assert.Equal(Device.Description, refused.Path);
        first.Dispose();
        IDisposable second = Device.AcquireOwnership();
        first.Dispose();
        Assert.Throws<PoolInUseException>(Device.AcquireOwnership);
        second.Dispose();
    }

    [Fact]
    public void AcquireOwnership_ManyThreadsAtOnce_ExactlyOneGetsIt()
    {
        for (int round = 0; round < 1000; round++)
        {
            var owners = new System.Collections.Concurrent.ConcurrentBag<IDisposable>();
            using var start = new Barrier(8);
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    owners.Add(Device.AcquireOwnership());
                }
                catch (PoolInUseException)
                {
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            Assert.Single(owners).Dispose();
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

    [Fact]
    public void Device_Disposed_ThrowsObjectDisposedButOpenFilesLive()
    {
        IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        Device.Dispose();
        Device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Device.Open("a", DeviceFileMode.Open));
        Assert.Throws<ObjectDisposedException>(() => Device.Exists("a"));
        Assert.Throws<ObjectDisposedException>(() => Device.Delete("a"));
        Assert.Throws<ObjectDisposedException>(() => Device.List());
        Assert.Throws<ObjectDisposedException>(Device.FlushNames);
        Assert.Throws<ObjectDisposedException>(Device.AcquireOwnership);
        file.Write(0, [1]);
        file.Flush();
        Assert.Equal([1], ReadAll(file));
        file.Dispose();
    }

    /// <summary>Makes an empty device.</summary>
    protected abstract IStorageDevice Create();

    /// <summary>Removes what <see cref="Create"/> left outside the device.</summary>
    protected virtual void CleanUp()
    {
    }

    protected static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 + (i >> 8) + 1))];

    protected static byte[] ReadAll(IDeviceFile file)
    {
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return bytes;
    }

    protected void WriteFile(string name, byte[] content)
    {
        using IDeviceFile file = Device.Open(name, DeviceFileMode.CreateNew);
        file.Write(0, content);
    }
}
