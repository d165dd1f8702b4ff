namespace BlockSnap.Tests.Devices;

/// <summary>What every <see cref="IStorageDevice"/> must do. A class per implementation derives from it.</summary>
public abstract partial class StorageDeviceContract : IDisposable
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
