using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>
/// A process that has no descriptor left (F31): what needs a file is refused with a typed error and is never called damage; nothing is
/// lost, and the pool goes on, without being opened again, when there are descriptors.
/// </summary>
public sealed class DescriptorTests(ITestOutputHelper output)
{
    private const int RefusalsMax = 6;

    [Fact]
    public void NoDescriptorAtEveryOpening_UntilTheyAreBack_LosesNothingAndGoesOn()
    {
        int calls = FaultLife.CallsOf(DeviceCall.Open);
        int step = LongRun.IsAsked ? 1 : Math.Max(1, calls / 40);
        int refusals = 0;
        int places = 0;
        for (int at = 1; at <= calls; at += step)
        {
            places++;
            refusals += LiveWithoutDescriptorsFrom(at);
        }

        Assert.True(refusals > places, $"only {refusals} calls were refused");
        output.WriteLine($"no descriptor from {places} of {calls} openings on: {refusals} calls refused, no pool had to be opened again, 0 violations");
    }

    [Fact]
    public async Task EverythingThatReads_NoDescriptorLeft_SaysSoAndNeverCallsItDamage()
    {
        var medium = new CrashableDevice();
        using (DiskPool filled = CrashChoice.Create(medium))
        {
            IDisk disk = await filled.CreateDiskAsync("a", 1 << 20);
            disk.Write(0, Pattern.Bytes(1 << 20, seed: 1));
            await disk.Chain.CreateAsync("s1");
            disk.Write(0, Pattern.Bytes(200_000, seed: 2));
        }

        var device = new FaultyDevice(medium, DeviceCall.Open, 1, forever: true) { Fault = DeviceFault.TooManyFiles, IsArmed = false };
        using DiskPool pool = CrashChoice.Open(device);
        IDisk head = pool.OpenDisk("a");
        device.IsArmed = true;
        Action[] reads =
        [
            () => head.Read(500_000, new byte[4096]),
            () => head.Chain.Open("s1").Read(0, new byte[4096]),
            () => pool.CheckAsync(verifyData: true).GetAwaiter().GetResult(),
            () => pool.CheckAsync().GetAwaiter().GetResult(),
            () => pool.ScrubAsync().GetAwaiter().GetResult(),
            () => DiskImage.SalvageAsync(head, new MemoryStream()).GetAwaiter().GetResult(),
            () => head.Chain.PreviewDeleteAsync(["s1"]).GetAwaiter().GetResult(),
        ];
        foreach (Action read in reads)
        {
            Assert.Equal("too-many-files", Assert.Throws<TooManyFilesException>(read).Code);
        }

        device.IsArmed = false;
        foreach (Action read in reads)
        {
            read();
        }

        Assert.Empty((await pool.ScrubAsync()).Damage);
        await pool.AssertSoundAsync();
        head.Write(0, Pattern.Bytes(100_000, seed: 3));
        await pool.FlushAsync();
    }

    // Returns how many calls were refused.
    private static int LiveWithoutDescriptorsFrom(int at)
    {
        var medium = new CrashableDevice();
        var device = new FaultyDevice(medium, DeviceCall.Open, at, forever: true) { Fault = DeviceFault.TooManyFiles };
        var run = new CrashRun();
        int refusals = 0;
        DiskPool pool;
        try
        {
            pool = CrashChoice.Create(device, FaultLife.CheckpointKiB);
        }
        catch (TooManyFilesException)
        {
            return 1;
        }

        FaultLife.Live(run, pool, FaultLife.Seed, _ => refusals++, Read);
        device.IsArmed = false;
        FaultLife.AssertSound(run, pool, medium, $"no descriptor from opening {at} on");
        return refusals;

        // Somebody gives some back for a look, and takes them again.
        string Read(DiskPool open)
        {
            device.IsArmed = false;
            string digest = PoolDigest.Of(open);
            device.IsArmed = refusals < RefusalsMax;
            return digest;
        }
    }
}
