using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Devices;

/// <summary>The directory device with reads through mappings.</summary>
public sealed class MappedDirectoryDeviceTests : StorageDeviceContractTests
{
    private readonly TempDirectory _temp = new();

    [Fact]
    public void View_OfAnOpenFile_ShowsItsBytes()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(70_000));
        Assert.True(file.View(1000, 69_000).SequenceEqual(Pattern(70_000).AsSpan(1000)));
    }

    [Fact]
    public void View_TakenBeforeTheFileGrew_StaysWhereItIs()
    {
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(70_000));
        ReadOnlySpan<byte> before = file.View(0, 70_000);
        file.Write(70_000, Pattern(1 << 20));
        Assert.True(file.View(70_000, 1 << 20).SequenceEqual(Pattern(1 << 20)));
        file.Write(5, [77]);
        Assert.Equal(77, before[5]);
        Assert.True(before[6..].SequenceEqual(Pattern(70_000).AsSpan(6)));
    }

    [Fact]
    public void Dispose_OfAViewedFile_EndsItsMapping()
    {
        IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(10));
        Assert.Equal(10, file.View(0, 10).Length);
        Assert.Equal(!OperatingSystem.IsLinux(), !MappedFiles.Contains(_temp["pool"]));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.View(0, 1));
        Assert.False(MappedFiles.Contains(_temp["pool"]));
    }

    protected override IStorageDevice Create() => new DirectoryDevice(_temp["pool"], create: true) { MapsReads = true };

    protected override void CleanUp() => _temp.Dispose();
}
