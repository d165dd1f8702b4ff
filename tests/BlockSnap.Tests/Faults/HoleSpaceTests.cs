using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>
/// Devices that run full while pools on them have holes: a file that had some needs its space again when it is used again, and others may have that by then.
/// </summary>
public sealed class HoleSpaceTests(ITestOutputHelper output)
{
    private const int SegmentPages = (64 << 10) / ThinDevice.PageBytes;
    private const int Blocks = 400;

    // A stranger takes what the holes gave back and all else, but for some pages.
    [Theory]
    [InlineData(CrashMode.Nothing)]
    [InlineData(CrashMode.Everything)]
    public async Task StrangerTakesTheSpaceOfHoles_DataAreRefusedAndNothingElse(CrashMode crash)
    {
        for (int free = 0; free < 3 * SegmentPages; free += 5)
        {
            var device = new ThinDevice(new CrashableDevice());
            using DiskPool pool = CrashChoice.Create(device);
            IDisk disk = await pool.CreateDiskAsync("a", 16 << 20);
            var seeds = new long[Blocks];
            disk.WriteBlocks(seeds, 1, every: 1);
            await disk.Chain.CreateAsync("doomed");
            disk.WriteBlocks(seeds, 1_000, every: 4);
            await disk.Chain.DeleteAsync(["doomed"]);
            disk.Flush();
            GiveBack(pool);
            Assert.InRange(device.PagesGivenBack, Blocks / 8, long.MaxValue);

            device.PagesMax = device.PagesTaken + free;
            await disk.Chain.CreateAsync("kept");
            disk.Flush();
            long[] kept = [.. seeds];
            Assert.Throws<PoolFullException>(() =>
            {
                for (int round = 2; round < 100; round++)
                {
                    disk.WriteBlocks(seeds, round * 1_000, every: 1);
                    GiveBack(pool);
                }
            });
            disk.AssertBlocks(seeds);
            disk.Flush();
            using (DiskPool left = CrashChoice.Open(device.CrashState(crash)))
            {
                left.OpenDisk("a").AssertBlocks(seeds);
                await left.OpenDisk("a").Chain.RollbackAsync("kept");
                left.OpenDisk("a").AssertBlocks(kept);
            }

            await disk.Chain.RollbackAsync("kept");
            disk.AssertBlocks(kept);
            await disk.Chain.DeleteAsync(["kept", disk.Chain.UndoPoint!.Name]);
            await pool.CompactAsync();
            Assert.DoesNotContain(device.WritesRefused, static name => name.StartsWith("data-", StringComparison.Ordinal));

            device.PagesMax = long.MaxValue;
            kept.CopyTo(seeds, 0);
            disk.WriteBlocks(seeds, 900_000, every: 1);
            disk.AssertBlocks(seeds);
            await pool.AssertSoundAsync();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    public void DeviceOfAnySize_WithHolesAtEachLook_RefusesDataOnly(int seed)
    {
        long most = Live(long.MaxValue, seed).Taken;
        int refused = 0;
        for (long pages = 16 * SegmentPages; pages < most + SegmentPages; pages += SegmentPages)
        {
            refused += Live(pages, seed).Refused;
        }

        Assert.True(refused > 5, $"only {refused} calls were refused");
        output.WriteLine($"sizes up to {most} pages, {refused} calls refused");
    }

    private static (long Taken, int Refused) Live(long pagesMax, int seed)
    {
        var medium = new CrashableDevice();
        var device = new ThinDevice(medium) { PagesMax = pagesMax };
        var run = new CrashRun();
        int refused = 0;
        long taken = 0;
        DiskPool pool = CrashChoice.Create(device, FaultLife.CheckpointKiB);
        FaultLife.Live(
            run,
            pool,
            seed,
            refusal =>
            {
                refused++;
                Assert.False(SpaceSweepTests.IsNeverRefused(run), $"{pagesMax} pages, {run.Operation}: {refusal.Message}");
            },
            open =>
            {
                taken = Math.Max(taken, device.PagesTaken);
                GiveBack(open);
                return PoolDigest.Of(open);
            });
        Assert.NotEqual(0, device.PagesGivenBack);
        Assert.DoesNotContain(device.WritesRefused, static name => name.StartsWith("data-", StringComparison.Ordinal));
        foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything })
        {
            using DiskPool left = CrashChoice.Open(device.CrashState(mode), FaultLife.CheckpointKiB);
            string digest = PoolDigest.Of(left);
            Assert.True(run.Find(digest) >= 0, $"{pagesMax} pages, {mode}: {run.Explain(digest)}");
        }

        device.PagesMax = long.MaxValue;
        FaultLife.AssertSound(run, pool, medium, $"{pagesMax} pages");
        return (taken, refused);
    }

    private static void GiveBack(DiskPool pool)
    {
        pool.Core.Store.Ledger.DrainAll(CancellationToken.None);
        try
        {
            pool.Core.Checkpoint();
        }
        catch (PoolFullException)
        {
            // what the one before called dead then
        }

        Assert.True(pool.Core.Store.TryGiveBackDead(static () => true));
    }
}
