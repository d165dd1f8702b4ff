using System.Buffers.Binary;
using BlockSnap.Format;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Golden;

/// <summary>
/// Pools of every version are read by this one (F30). BLOCKSNAP_UPDATE_GOLDEN=1 writes the pool of the version in the making anew; those of
/// released versions are never written again.
/// </summary>
public sealed class GoldenTests
{
    private const string InTheMaking = "0.1";

    public static MatrixTheoryData<string, string> Pools => new(["0.1"], GoldenPool.States);

    [Theory]
    [MemberData(nameof(Pools))]
    public async Task Pool_OfAVersion_ReadsWhatItsTextSays(string version, string state)
    {
        var golden = new GoldenPool(version);
        if (version == InTheMaking && state == GoldenPool.States[0] && Environment.GetEnvironmentVariable("BLOCKSNAP_UPDATE_GOLDEN") == "1")
        {
            await golden.WriteAsync();
        }

        using DiskPool pool = CrashChoice.Open(golden.Open(state));
        Assert.Equal(golden.Expected(state), GoldenPool.Describe(pool));
        await pool.AssertSoundAsync();
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public async Task Pool_OfAVersion_IsWrittenToAndReadAgain(string version, string state)
    {
        var golden = new GoldenPool(version);
        CrashableDevice device = golden.Open(state);

        // Identities by chance: those of other tests begin anew in each process, and the pool has some of them.
        using (DiskPool pool = await DiskPool.OpenAsync(device, new DiskPoolOptions { BackgroundWork = false }))
        {
            using IDisk disk = pool.OpenDisk("system");
            disk.WriteBlock(3, 33);
            await disk.Chain.CreateAsync("by-this-version");
            await disk.Chain.DeleteAsync(["monday"], force: true);
            await pool.CompactAsync();
        }

        using DiskPool again = CrashChoice.Open(device);
        again.OpenDisk("system").AssertBlock(3, 33);
        await again.AssertSoundAsync();
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public void Pool_OfANewerVersion_IsRefusedAndLeftAsItIs(string version, string state)
    {
        CrashableDevice device = new GoldenPool(version).Open(state);
        PoolSurgeon.EditSuperblocks(device, static page => BinaryPrimitives.WriteInt32LittleEndian(page[8..], FormatVersion.Current + 1));
        int writes = 0;
        device.Before = (call, _) => writes += call == DeviceCall.Write ? 1 : 0;
        Assert.Equal(FormatVersion.Current + 1, Assert.Throws<UnsupportedFormatException>(() => CrashChoice.Open(device)).FoundVersion);
        Assert.Equal(0, writes);
    }

    [Theory]
    [MemberData(nameof(Pools))]
    public async Task Create_OverAPoolOfANewerVersion_IsRefused(string version, string state)
    {
        CrashableDevice device = new GoldenPool(version).Open(state);
        PoolSurgeon.EditSuperblocks(device, static page => BinaryPrimitives.WriteInt32LittleEndian(page[8..], FormatVersion.Current + 1));
        await Assert.ThrowsAsync<PoolExistsException>(async () => await DiskPool.CreateAsync(device));
    }
}
