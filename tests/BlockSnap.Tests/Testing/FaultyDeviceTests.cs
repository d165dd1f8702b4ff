namespace BlockSnap.Tests.Testing;

public sealed class FaultyDeviceTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void Write_TheThirdFails_OnceOrForEver(bool forever, int failures)
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Write, 3, forever);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        int failed = 0;
        for (int i = 1; i <= 5; i++)
        {
            try
            {
                file.Write(0, [1]);
            }
            catch (IOException)
            {
                failed++;
                Assert.True(i >= 3);
            }
        }

        Assert.Equal(failures, failed);
        Assert.True(device.HasFailed);
    }

    [Fact]
    public void Allocate_NoSpace_ThrowsPoolFull()
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Allocate, 1, forever: true) { Fault = DeviceFault.NoSpace };
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        Assert.Throws<PoolFullException>(() => file.Allocate(4096));
    }

    [Fact]
    public async Task Read_FlippedBit_ReturnsAllBytesButOneBit()
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Read, 1, forever: true) { Fault = DeviceFault.FlippedBit };
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, new byte[100]);
        byte[] read = new byte[100];
        Assert.Equal(100, file.Read(0, read));
        Assert.Equal(1, System.Numerics.BitOperations.PopCount(read.Single(value => value != 0)));
        read.AsSpan().Clear();
        await file.ReadAsync(0, read, TestContext.Current.CancellationToken);
        Assert.Single(read, value => value != 0);
    }

    [Fact]
    public void Flush_Failed_TheDataIsLostWithTheNextCrash()
    {
        var medium = new CrashableDevice();
        var device = new FaultyDevice(medium, DeviceCall.Flush, 1, forever: false);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        device.FlushNames();
        file.Write(0, [1, 2, 3]);
        Assert.Throws<IOException>(file.Flush);
        file.Flush();
        Assert.Equal(3, file.Length);
        Assert.Equal(0, medium.CrashState(CrashMode.Nothing).Bytes);
    }
}
