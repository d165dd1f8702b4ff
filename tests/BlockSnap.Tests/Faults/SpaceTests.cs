using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>
/// A device that runs out of space. Data are refused with a typed error and nothing else: what takes space away again (delete, rollback,
/// undo, discard, checkpoint) goes on out of the reserve, everything stays readable, and writing resumes when there is space.
/// </summary>
public sealed class SpaceTests(ITestOutputHelper output)
{
    private const int SegmentBytes = 64 << 10;
    private const int CheckpointKiB = FaultLife.CheckpointKiB;

    [Fact]
    public async Task DeviceFull_DeletesRollsBackAndGivesBack_ThenTakesDataAgain()
    {
        var device = new CrashableDevice { CapacityBytes = 40 * SegmentBytes };
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        disk.Write(0, Pattern.Bytes(300 << 10, seed: 1));
        await disk.Chain.CreateAsync("s1");
        for (long round = 1; round <= 4; round++)
        {
            long written = disk.FillUp(round * 10_000);
            Assert.True(written > 100, $"round {round}: full after {written} blocks");
            await disk.Chain.CreateAsync("s2");
            for (long index = 0; index < written; index++)
            {
                disk.AssertBlock(index, (round * 10_000) + index);
            }

            await disk.Chain.RollbackAsync("s1");
            await disk.Chain.UndoRollbackAsync();
            disk.AssertBlock(written - 1, (round * 10_000) + written - 1);
            await disk.Chain.RollbackAsync("s1");
            await disk.Chain.DeleteAsync(["s2", disk.Chain.UndoPoint!.Name]);
            await pool.AssertSoundAsync();
        }
    }

    // What is done without end on a full pool, and adds nothing that stays, is never refused: what each checkpoint writes anew is given back.
    [Fact]
    public async Task DeviceFull_HoldsReleasesLocksAndUnlocks_WithoutEnd()
    {
        var device = new CrashableDevice { CapacityBytes = 24 * SegmentBytes };
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        disk.Write(0, Pattern.Bytes(100 << 10, seed: 1));
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.CreateAsync("s2");
        long written = disk.FillUp(0);
        for (int round = 0; round < 300; round++)
        {
            await disk.Chain.HoldAsync("s1", "reader");
            await disk.Chain.LockAsync("s2", days: 1, coolOff: TimeSpan.FromHours(1));
            await disk.Chain.UnlockAsync("s2");
            await disk.Chain.ReleaseHoldAsync("s1", "reader");
            if (round % 3 == 0)
            {
                await pool.CheckpointAsync();
            }
        }

        await pool.CompactAsync();
        disk.AssertBlock(written - 1, written - 1);
        await pool.AssertSoundAsync();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task DeviceFull_ShrinksADiskToASizeInsideABlock(int blockBytes)
    {
        var device = new CrashableDevice { CapacityBytes = 24 * SegmentBytes };
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20, new BlockSize(blockBytes));
        long written = disk.FillUp(0);
        for (int cut = 1; cut <= 20; cut++)
        {
            long size = ((written - cut) * blockBytes) - 100;
            disk.Resize(size);
            disk.Resize(64L << 20);
            Assert.Equal(new byte[blockBytes], disk.ReadBytes(size, blockBytes));
            disk.AssertBlock(written - cut - 2, written - cut - 2);
        }

        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task CapacityOfLessThanSixteenSegments_IsRefused_WithTheNumber()
    {
        const int Least = 16 * (2 * SegmentBytes);
        var device = new CrashableDevice();
        DiskPoolOptions options = CrashChoice.Options(CheckpointKiB, capacityBytes: Least - 1) with { SegmentBytes = 2 * SegmentBytes };
        ArgumentOutOfRangeException refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => DiskPool.CreateAsync(device, options));
        Assert.Contains($"{Least} bytes", refused.Message, StringComparison.Ordinal);
        await (await DiskPool.CreateAsync(device, options with { CapacityBytes = Least })).DisposeAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => DiskPool.OpenAsync(device, options with { SegmentBytes = SegmentBytes })); // the pool's own size counts
    }

    [Fact]
    public async Task DeviceFull_SpaceReturnsFromOutside_TakesDataAgain()
    {
        var device = new CrashableDevice { CapacityBytes = 30 * SegmentBytes };
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        long written = disk.FillUp(0);
        Assert.Throws<PoolFullException>(() => disk.WriteBlock(written, written));
        device.CapacityBytes = 60 * SegmentBytes;
        disk.WriteBlock(written, written);
        Assert.True(disk.FillUp(0) > written);
        await pool.AssertSoundAsync();
    }

    // It was taken for a whole one: what was promised room in it found none on the device.
    [Fact]
    public async Task ClosedInASegmentOfAShortFile_GoesOnWithinIt()
    {
        var device = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        disk.Write(0, Pattern.Bytes(300 << 10, seed: 1));
        await disk.Chain.CreateAsync("s1");
        device.CapacityBytes = device.Bytes + (SegmentBytes * 3 / 4);
        HoldMoreRoom(pool);
        for (int round = 0; ActiveOf(pool).File.Bytes == SegmentBytes; round++)
        {
            Assert.True(round < 200, "the short file is not used");
            await (round % 2 == 0 ? disk.Chain.HoldAsync("s1", "reader") : disk.Chain.ReleaseHoldAsync("s1", "reader"));
        }

        await pool.DisposeAsync();
        using DiskPool again = CrashChoice.Open(device, CheckpointKiB);
        Assert.InRange(ActiveOf(again).File.Bytes, 1, SegmentBytes / 2);
        Assert.InRange(again.Core.Store.Log.RoomInSegment, 0, ActiveOf(again).File.Bytes - again.Core.Store.Log.Position.Offset);
        device.CapacityBytes = null;
        disk = again.OpenDisk("a");
        for (int index = 0; index < 40; index++)
        {
            disk.WriteBlock(index, index);
        }

        disk.Flush();
        await again.AssertSoundAsync();
    }

    // As much as makes the reserve grow, by shorter files in the end.
    private static void HoldMoreRoom(DiskPool pool)
    {
        using (pool.Core.Gate.Enter())
        {
            long bytes = 0;
            while (pool.Core.Store.HasRoom(bytes, ReserveShare.None))
            {
                bytes += 4096;
            }

            pool.Core.Store.HoldRoom(bytes, ReserveShare.None);
        }
    }

    private static SegmentInfo ActiveOf(DiskPool pool)
    {
        using (pool.Core.Gate.Enter())
        {
            return pool.Core.Store.Table.All.Single(segment => segment.IsActive);
        }
    }

    // A file system that copies on write needs space for every write, whatever was reserved.
    [Theory]
    [InlineData("Write")]
    [InlineData("Allocate")]
    [InlineData("SetLength")]
    public void NoSpaceAtEveryCall_UntilItReturns_LosesNothingAndGoesOn(string kindName)
    {
        var kind = Enum.Parse<DeviceCall>(kindName);
        int calls = FaultLife.CallsOf(kind);
        int step = LongRun.IsAsked ? 1 : Math.Max(1, calls / 40);
        int faulted = 0;
        int places = 0;
        for (int at = 3; at <= calls; at += step)
        {
            places++;
            var medium = new CrashableDevice();
            var device = new FaultyDevice(medium, kind, at, forever: true) { Fault = DeviceFault.NoSpace };
            var run = new CrashRun();
            DiskPool? pool = null;
            try
            {
                pool = CrashChoice.Create(device, CheckpointKiB);
                FaultLife.Live(run, pool, FaultLife.Seed, _ =>
                {
                    if (run.OperationCount % 9 == 0 && device.HasFailed)
                    {
                        device.IsArmed = false; // and never fails again
                    }
                });
                Assert.True(device.HasFailed, $"{kind} {at}: nothing failed");
                device.IsArmed = false;
                run.Do(pool, new CrashOperation("checkpoint", [], true, static open => open.CheckpointAsync()));
                FaultLife.AssertSound(run, pool, medium, $"{kind} {at}");
            }
            catch (PoolFaultedException e) when (e.InnerException is PoolFullException)
            {
                // Only where a superblock was half written. What was promised is there, and the pool opens again.
                faulted++;
                pool!.Abandon();
                string? problem = CrashVerifier.Verify(run, medium.CrashState(CrashMode.Everything), CheckpointKiB, out _);
                Assert.True(problem is null, $"{kind} {at}: {problem}");
            }
            catch (PoolFullException) when (pool is null)
            {
            }
        }

        Assert.True(kind == DeviceCall.Write || faulted == 0, $"{faulted} pools were faulted");
        output.WriteLine($"no space at {kind}: {places} of {calls} places, {faulted} pools had to be opened again, 0 violations");
    }
}
