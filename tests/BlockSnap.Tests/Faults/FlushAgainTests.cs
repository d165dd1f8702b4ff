using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>
/// After a failed flush the system shows what it has given up writing as if it were stored, and a second flush of it succeeds and does
/// nothing. A pool that is opened again on the running system must not build on that.
/// </summary>
public sealed class FlushAgainTests
{
    [Fact]
    public async Task Open_AfterAFailedFlush_WritesAgainWhatItGoesOnFrom()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.WriteBlock(0, 1);
        FailFlush(medium, "data-00000000");
        Assert.Throws<PoolFaultedException>(disk.Flush);
        pool.Abandon();

        medium.Before = null;
        pool = CrashChoice.Open(medium); // the write is read back from the cache, and counts as made again
        pool.OpenDisk("a").AssertBlock(0, 1);
        pool.Abandon();

        using DiskPool recovered = CrashChoice.Open(medium.CrashState(CrashMode.Nothing));
        recovered.OpenDisk("a").AssertBlock(0, 1);
        await recovered.AssertSoundAsync();
    }

    [Fact]
    public async Task Open_AfterAFailedFlushOfTheSuperblock_WritesItAgainBeforeTheNextOne()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.WriteBlock(0, 1);
        FailFlush(medium, "superblock");
        await Assert.ThrowsAsync<PoolFaultedException>(() => pool.CheckpointAsync());
        pool.Abandon();

        var states = new List<CrashableDevice>();
        medium.Before = (_, _) => states.AddRange(Enum.GetValues<CrashMode>().Select(mode => medium.CrashState(mode, states.Count)));
        pool = CrashChoice.Open(medium);
        pool.OpenDisk("a").WriteBlock(1, 2);
        pool.Dispose();
        Assert.NotEmpty(states);
        foreach (CrashableDevice state in states)
        {
            using DiskPool recovered = CrashChoice.Open(state);
            await recovered.AssertSoundAsync();
        }
    }

    private static void FailFlush(CrashableDevice medium, string file) => medium.Before = (call, name) =>
    {
        if (call == DeviceCall.Flush && name.StartsWith(file, StringComparison.Ordinal))
        {
            throw new IOException("Injected.");
        }
    };
}
