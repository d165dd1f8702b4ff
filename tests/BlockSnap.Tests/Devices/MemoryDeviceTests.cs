namespace BlockSnap.Tests.Devices;

public sealed class MemoryDeviceTests : StorageDeviceContractTests
{
    private const int Chunk = 64 * 1024;

    [Fact]
    public void Write_PastCapacity_ThrowsPoolFullAndChangesNothing()
    {
        using var device = new MemoryDevice(3 * Chunk);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(2 * Chunk));
        var full = Assert.Throws<PoolFullException>(() => file.Write(Chunk, new byte[3 * Chunk]));
        Assert.Equal(2 * Chunk, full.RequestedBytes);
        Assert.Equal(3 * Chunk, full.CapacityBytes);
        Assert.Equal(Pattern(2 * Chunk), ReadAll(file));
        file.Write(2 * Chunk, [1]);
        file.Write(0, Pattern(2 * Chunk));
    }

    [Fact]
    public void Allocate_PastCapacity_ThrowsPoolFullAndChangesNothing()
    {
        using var device = new MemoryDevice(3 * Chunk);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, [1, 2]);
        Assert.Throws<PoolFullException>(() => file.Allocate(3 * Chunk + 1));
        Assert.Throws<PoolFullException>(() => file.Allocate(long.MaxValue));
        Assert.Equal([1, 2], ReadAll(file));
    }

    [Fact]
    public void Allocate_Reserved_WritesThereNeverFailAndOthersDo()
    {
        using var device = new MemoryDevice(3 * Chunk);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        using IDeviceFile other = device.Open("b", DeviceFileMode.CreateNew);
        file.Write(Chunk, [1]);
        file.Allocate(3 * Chunk);
        Assert.Throws<PoolFullException>(() => other.Write(0, [1]));
        file.Write(0, Pattern(3 * Chunk));
    }

    [Fact]
    public void TryGiveBack_WholeChunks_AreFreeForOtherFilesUnlessReserved()
    {
        using var device = new MemoryDevice(4 * Chunk);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        using IDeviceFile other = device.Open("b", DeviceFileMode.CreateNew);
        file.Allocate(Chunk);
        file.Write(0, Pattern(4 * Chunk));
        Assert.True(file.TryGiveBack(0, (2 * Chunk) + 100)); // one that is reserved, one that is not, a part of one
        other.Write(0, Pattern(Chunk));
        Assert.Throws<PoolFullException>(() => other.Write(Chunk, [1]));
        file.Write(0, Pattern(Chunk));
        Assert.Throws<PoolFullException>(() => file.Write(Chunk, [1]));
    }

    [Fact]
    public void SetLength_Cut_GivesBackReservedAndWrittenSpace()
    {
        using var device = new MemoryDevice(4 * Chunk);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        for (int round = 0; round < 3; round++)
        {
            file.Allocate(2 * Chunk);
            file.Write(0, Pattern(4 * Chunk));
            file.SetLength(1);
        }

        using IDeviceFile other = device.Open("b", DeviceFileMode.CreateNew);
        other.Write(0, new byte[3 * Chunk]);
        Assert.Throws<PoolFullException>(() => other.Write(3 * Chunk, [1]));
    }

    [Fact]
    public void Delete_OpenFile_GivesItsSpaceBackAtTheLastClose()
    {
        using var device = new MemoryDevice(Chunk);
        using IDeviceFile other = device.Open("b", DeviceFileMode.CreateNew);
        IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, [1]);
        device.Delete("a");
        Assert.Throws<PoolFullException>(() => other.Write(0, [1]));
        file.Dispose();
        other.Write(0, [1]);
    }

    [Fact]
    public void Open_AfterOwnerWentAway_FilesAreStillThere()
    {
        using (Device.AcquireOwnership())
        {
            WriteFile("a", [1, 2]);
        }

        using IDisposable next = Device.AcquireOwnership();
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        Assert.Equal([1, 2], ReadAll(file));
    }

    protected override IStorageDevice Create() => new MemoryDevice();
}
