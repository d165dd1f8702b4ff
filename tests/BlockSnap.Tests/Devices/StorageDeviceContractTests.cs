namespace BlockSnap.Tests.Devices;

/// <summary>The shipped contract on a device, and that its warm paths allocate nothing. A class per implementation derives from it.</summary>
public abstract class StorageDeviceContractTests : IDisposable
{
    private readonly Lazy<IStorageDevice> _device;

    protected StorageDeviceContractTests() => _device = new(Create);

    /// <summary>The names of the rules.</summary>
    public static TheoryData<string> Rules => [.. StorageDeviceContract.Rules.Select(rule => rule.Name)];

    /// <summary>The device under test, empty at first.</summary>
    protected IStorageDevice Device => _device.Value;

    public void Dispose()
    {
        if (_device.IsValueCreated)
        {
            _device.Value.Dispose();
        }

        CleanUp();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Contract_EachRule_IsKept(string rule) => StorageDeviceContract.Rules.Single(each => each.Name == rule).Check(Device);

    [Fact]
    public void ReadWriteFlush_Warm_AllocateNothing()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        byte[] block = new byte[4096];
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least); // a collection for another test counts what this thread had left of its share

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
