namespace BlockSnap.Tests.Testing;

public sealed class CrashableDeviceTests
{
    private readonly CrashableDevice _device = new();

    [Fact]
    public void CrashState_Nothing_KeepsWhatWasFlushedAndNoMore()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, [1, 2]);
        file.Flush();
        Assert.Empty(_device.CrashState(CrashMode.Nothing).List()); // the name is not durable
        _device.FlushNames();
        file.Write(1, [9]);
        Assert.Equal([1, 2], Read(_device.CrashState(CrashMode.Nothing)));
        Assert.Equal([1, 9], Read(_device.CrashState(CrashMode.Everything)));
        Assert.Equal([1, 9], Read(_device));
    }

    [Fact]
    public void CrashState_DeleteNotFlushed_BringsTheFileBack()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, [1]);
        file.Flush();
        _device.FlushNames();
        _device.Delete("a");
        Assert.Equal([1], Read(_device.CrashState(CrashMode.Nothing)));
        Assert.Empty(_device.CrashState(CrashMode.Everything).List());
    }

    [Fact]
    public void CrashState_LastTorn_KeepsWholeSectorsOfTheLastWriteOnly()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, Enumerable.Repeat((byte)1, 2048).ToArray());
        file.Write(2048, Enumerable.Repeat((byte)2, 2048).ToArray());
        var lengths = Enumerable.Range(0, 50).Select(seed => Read(_device.CrashState(CrashMode.LastTorn, seed)).Length).ToHashSet();
        Assert.Equal([2048, 2560, 3072, 3584], lengths.Order());
    }

    [Fact]
    public void CrashState_Subset_MeetsEveryOrderOfTwoWrites()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, [1]);
        file.Write(1, [2]);
        var states = Enumerable.Range(0, 100).Select(seed => Convert.ToHexString(Read(_device.CrashState(CrashMode.Subset, seed)))).ToHashSet();
        Assert.Superset(new HashSet<string> { "", "01", "0002", "0102" }, states);
    }

    [Fact]
    public void CrashState_OfACrashState_SharesBytesAndChangesAlone()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, [1]);
        file.Flush();
        CrashableDevice left = _device.CrashState(CrashMode.Nothing);
        using IDeviceFile other = left.Open("a", DeviceFileMode.Open);
        other.Write(0, [7]);
        file.Write(0, [8]);
        Assert.Equal([7], Read(left));
        Assert.Equal([8], Read(_device));
        Assert.Equal([1], Read(left.CrashState(CrashMode.Nothing)));
        Assert.Equal([1], Read(_device.CrashState(CrashMode.Nothing)));
    }

    [Fact]
    public void Flush_ThatFails_LosesTheDataThoughItStaysReadable()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, [1]);
        _device.Before = (call, _) => throw new IOException($"{call}");
        Assert.Throws<IOException>(file.Flush);
        _device.Before = null;
        file.Flush();
        Assert.Equal([1], Read(_device));
        Assert.Empty(Read(_device.CrashState(CrashMode.Nothing)));
    }

    [Fact]
    public void CrashState_LastTornByPage_KeepsWholePagesOfTheLastWriteOnly()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, Enumerable.Repeat((byte)1, 12288).ToArray());
        var lengths = Enumerable.Range(0, 50).Select(seed => Read(_device.CrashState(CrashMode.LastTornByPage, seed)).Length).ToHashSet();
        Assert.Equal([0, 4096, 8192], lengths.Order());
    }

    [Fact]
    public void CrashState_OneDropped_MeetsEachByItsNumber()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, [1]);
        file.Write(1, [2]);
        file.Write(2, [3]);
        Assert.Equal(3, _device.UnsyncedCount);
        Assert.Equal(["000203", "010003", "0102"], Enumerable.Range(0, 3).Select(seed => Convert.ToHexString(Read(_device.CrashState(CrashMode.OneDropped, seed)))));
    }

    [Fact]
    public void CrashState_AllCut_LeavesNoChangeWhole()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        _device.FlushNames();
        file.Write(0, Enumerable.Repeat((byte)1, 1000).ToArray());
        var lengths = Enumerable.Range(0, 200).Select(seed => Read(_device.CrashState(CrashMode.AllCut, seed)).Length).ToHashSet();
        Assert.DoesNotContain(1000, lengths);
        Assert.Contains(lengths, length => length % 512 != 0);
    }

    [Fact]
    public void Copy_KeepsWhatWasNotFlushed_AndAPowerCutTakesIt()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, [1]);
        CrashableDevice copy = _device.Copy();
        file.Write(0, [9]);
        Assert.Equal([1], Read(copy));
        Assert.Empty(copy.CrashState(CrashMode.Nothing).List());
        using IDeviceFile reopened = copy.Open("a", DeviceFileMode.Open);
        reopened.Flush();
        copy.FlushNames();
        Assert.Equal([1], Read(copy.CrashState(CrashMode.Nothing)));
        Assert.Empty(_device.CrashState(CrashMode.Nothing).List());
    }

    [Fact]
    public void Fingerprint_TellsContentsAndNamesApart()
    {
        using IDeviceFile file = _device.Open("a", DeviceFileMode.CreateNew);
        ulong empty = _device.Fingerprint();
        file.Write(0, [1]);
        ulong one = _device.Fingerprint();
        Assert.NotEqual(empty, one);
        Assert.Equal(one, _device.CrashState(CrashMode.Everything).Fingerprint());
        file.Write(0, [2]);
        Assert.NotEqual(one, _device.Fingerprint());
        file.Write(0, [1]);
        Assert.Equal(one, _device.Fingerprint());
        _device.Delete("a");
        Assert.NotEqual(one, _device.Fingerprint());
    }

    private static byte[] Read(CrashableDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        byte[] bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }
}
