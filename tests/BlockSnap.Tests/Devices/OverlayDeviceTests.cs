using BlockSnap.Devices;

namespace BlockSnap.Tests.Devices;

public sealed class OverlayDeviceTests
{
    [Fact]
    public void Write_IsReadBackAndLeavesWhatLiesBelow()
    {
        using var below = new MemoryDevice();
        byte[] old = Pattern.Bytes(20_000, seed: 1);
        using (IDeviceFile file = below.Open("a", DeviceFileMode.CreateNew))
        {
            file.Write(0, old);
        }

        var overlay = new OverlayDevice(below);
        using IDeviceFile written = overlay.Open("a", DeviceFileMode.Open);
        byte[] expected = new byte[30_000];
        old.CopyTo(expected, 0);
        Pattern.Bytes(5_000, seed: 2).CopyTo(expected, 6_000);
        Pattern.Bytes(100, seed: 3).CopyTo(expected, 29_900);
        written.Write(6_000, expected.AsSpan(6_000, 5_000));
        written.Write(29_900, expected.AsSpan(29_900));
        written.Flush();
        overlay.FlushNames();

        using IDeviceFile read = overlay.Open("a", DeviceFileMode.OpenOrCreate);
        byte[] bytes = new byte[40_000];
        Assert.Equal(30_000, read.Read(0, bytes));
        Assert.Equal(expected, bytes[..30_000]);
        Assert.Equal(7, read.Read(29_993, bytes));
        read.SetLength(3_000);
        read.SetLength(10_000);
        Assert.Equal(10_000, read.Read(0, bytes));
        Assert.Equal([.. expected[..3_000], .. new byte[7_000]], bytes[..10_000]);
        using IDeviceFile untouched = below.Open("a", DeviceFileMode.Open);
        Assert.Equal(20_000, untouched.Read(0, bytes));
        Assert.Equal(old, bytes[..20_000]);
    }

    [Fact]
    public void Names_AreThoseBelowAndThoseMadeHereWithoutTheDeleted()
    {
        using var below = new MemoryDevice();
        below.Open("a", DeviceFileMode.CreateNew).Dispose();
        below.Open("b", DeviceFileMode.CreateNew).Dispose();
        var overlay = new OverlayDevice(below);

        overlay.Open("c", DeviceFileMode.CreateNew).Dispose();
        overlay.Delete("a");
        overlay.Delete("nothing");

        Assert.Equal(["b", "c"], overlay.List());
        Assert.False(overlay.Exists("a"));
        Assert.Throws<FileNotFoundException>(() => overlay.Open("a", DeviceFileMode.Open));
        Assert.Throws<IOException>(() => overlay.Open("b", DeviceFileMode.CreateNew));
        using IDeviceFile anew = overlay.Open("a", DeviceFileMode.CreateNew);
        Assert.Equal(0, anew.Length);
        Assert.Equal(["a", "b"], below.List());
    }
}
