using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>
/// Every call to the device fails in turn, once or for ever (I12, P0, P1, P2): the error is typed, nothing is acknowledged or written
/// after a failed write or flush, and what opens afterwards holds all that was promised, after a power cut too.
/// </summary>
public sealed class DeviceFaultTests(ITestOutputHelper output)
{
    private const int CheckpointKiB = 64;

    private static readonly int s_operations = LongRun.IsAsked ? 500 : 100;
    private static readonly int s_placesMax = LongRun.IsAsked ? 1000 : 60; // 1,000 are every flush of 500 operations

    [Theory]
    [InlineData("Write", true)]
    [InlineData("Write", false)]
    [InlineData("Flush", true)]
    [InlineData("Flush", false)]
    [InlineData("Flush", true, "NoSpace")] // as a file system that copies on write, or one on a thin device, tells it: the bytes are lost
    [InlineData("Flush", false, "NoSpace")]
    [InlineData("FlushNames", true)]
    [InlineData("FlushNames", false)]
    [InlineData("FlushNames", false, "NoSpace")]
    public void FailedWriteOrFlush_FaultsThePool_UntilItIsOpenedAgain(string kindName, bool forever, string faultName = "Error")
    {
        var kind = Enum.Parse<DeviceCall>(kindName);
        var fault = Enum.Parse<DeviceFault>(faultName);
        int calls = CallsOf(kind);
        int stride = Math.Max(1, calls / s_placesMax);
        int places = 0;
        for (int at = 1; at <= calls; at += stride)
        {
            var medium = new CrashableDevice();
            var device = new FaultyDevice(medium, kind, at, forever) { Fault = fault };
            (CrashRun run, DiskPool? pool, Exception? failure) = Live(device, seed: 7);
            string where = $"{kind} {at} of {calls}, {run.Operation}";
            if (pool is null)
            {
                Assert.True(failure is IOException, $"{where}: {failure}");
                continue; // the creation of the pool failed
            }

            Assert.True(failure is PoolFaultedException, $"{where}: {failure}");
            Assert.True(fault == DeviceFault.NoSpace ? failure!.InnerException is PoolFullException : failure!.InnerException is IOException, $"{where}: {failure.InnerException}");
            int changes = 0;
            medium.Before = (call, name) => changes += call == DeviceCall.Write && name == "lock" ? 0 : 1;
            AssertRefuses(pool, where);
            pool.Dispose();
            Assert.True(changes == 0, $"{where}: {changes} calls to the device after the failure");
            medium.Before = null;
            foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything, CrashMode.Subset })
            {
                AssertHolds(run, medium.CrashState(mode, at), $"{where}, {mode}");
            }

            places++;
        }

        output.WriteLine($"{kind}, {fault}, {(forever ? "for ever" : "once")}: {places} places of {calls}, 0 violations");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FailedRead_IsAnErrorOrNothing_NeverWrongData(bool forever)
    {
        int calls = CallsOf(DeviceCall.Read);
        int stride = Math.Max(1, calls / s_placesMax);
        int errors = 0;
        for (int at = 1; at <= calls; at += stride)
        {
            var medium = new CrashableDevice();
            var device = new FaultyDevice(medium, DeviceCall.Read, at, forever);
            (CrashRun run, DiskPool? pool, Exception? failure) = Live(device, seed: 7);
            string where = $"read {at} of {calls}, {run.Operation}";
            Assert.True(failure is null || (pool is null ? failure is IOException : failure is BlockSnapException), $"{where}: {failure}");
            errors += failure is null ? 0 : 1;
            device.IsArmed = false;
            if (pool is not null && failure is not (null or PoolFaultedException))
            {
                string digest = PoolDigest.Of(pool);
                Assert.True(run.Find(digest) >= 0, $"{where}, the pool that goes on: {run.Explain(digest)}");
            }

            pool?.Abandon();
            foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything })
            {
                if (pool is not null)
                {
                    AssertHolds(run, medium.CrashState(mode), $"{where}, {mode}");
                }
            }
        }

        output.WriteLine($"read, {(forever ? "for ever" : "once")}: {errors} errors, 0 violations");
    }

    [Theory]
    [InlineData("Allocate")]
    [InlineData("SetLength")]
    [InlineData("Delete")]
    [InlineData("Open")]
    public void FailureOfAnyOtherCall_IsAnErrorAndNothingIsLost(string kindName)
    {
        var kind = Enum.Parse<DeviceCall>(kindName);
        int calls = CallsOf(kind);
        for (int at = 1; at <= calls; at += Math.Max(1, calls / s_placesMax))
        {
            var medium = new CrashableDevice();
            var device = new FaultyDevice(medium, kind, at, forever: false);
            (CrashRun run, DiskPool? pool, Exception? failure) = Live(device, seed: 7);
            string where = $"{kind} {at} of {calls}, {run.Operation}";
            Assert.True(failure is null || (pool is null ? failure is IOException : failure is PoolFaultedException), $"{where}: {failure}");
            Assert.True(failure is null || kind != DeviceCall.Delete, $"{where}: a file that nothing needs could not be deleted: {failure}");
            if (pool is not null)
            {
                pool.Abandon();
                foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything })
                {
                    AssertHolds(run, medium.CrashState(mode), $"{where}, {mode}");
                }
            }
        }

        output.WriteLine($"{kind}: {calls} places, 0 violations");
    }

    // A checkpoint that was durable once faulted the pool because a file that it had freed could not be deleted.
    [Fact]
    public async Task FreedFileThatCannotBeDeleted_IsKeptAndUsedAgain()
    {
        var medium = new CrashableDevice();
        var device = new FaultyDevice(medium, DeviceCall.Delete, 1, forever: true);
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        for (int round = 0; round < 3; round++)
        {
            for (int index = 0; index < 200; index++)
            {
                disk.WriteBlock(index, index);
            }

            disk.Discard(0, disk.Size);
            await pool.CheckpointAsync();
            await pool.CompactAsync();
        }

        Assert.True(device.HasFailed);
        Assert.InRange(medium.List().Count(name => name.StartsWith("data-", StringComparison.Ordinal)), 5, 30);
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task CapacityReached_RefusesWritesOnly_AndGoesOnWhenSpaceComesBack()
    {
        using DiskPool pool = CrashChoice.Create(new CrashableDevice(), CheckpointKiB, capacityBytes: 24 * (64 << 10));
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        for (long round = 0; round < 3; round++)
        {
            await disk.Chain.CreateAsync("s1");
            long written = disk.FillUp(round * 10_000);
            Assert.InRange(written, 100, 400);
            await disk.Chain.CreateAsync("s2");
            disk.Flush();
            for (long index = 0; index < written; index++)
            {
                disk.AssertBlock(index, (round * 10_000) + index);
            }

            await disk.Chain.RollbackAsync("s1");
            await disk.Chain.DeleteAsync(["s2", disk.Chain.UndoPoint!.Name]);
            await disk.Chain.DeleteAsync(["s1"], force: true);
            disk.Discard(0, disk.Size);
            await pool.CompactAsync();
            await pool.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task DeviceFull_RefusesWritesAndGoesOnWhenSpaceComesBack()
    {
        var device = new FaultyDevice(new CrashableDevice(), DeviceCall.Allocate, 20, forever: true) { Fault = DeviceFault.NoSpace };
        using DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 64L << 20);
        long written = disk.FillUp(0);
        for (long index = 0; index < written; index++)
        {
            disk.AssertBlock(index, index);
        }

        device.IsArmed = false;
        disk.WriteBlock(written, written);
        disk.Flush();
        disk.AssertBlock(written, written);
        await pool.AssertSoundAsync();
    }

    private static void AssertHolds(CrashRun run, CrashableDevice left, string where)
    {
        string? problem = CrashVerifier.Verify(run, left, CheckpointKiB, out _);
        Assert.True(problem is null, $"{where}: {problem}");
    }

    private static int CallsOf(DeviceCall kind)
    {
        var device = new FaultyDevice(new CrashableDevice(), kind, 0, false);
        (_, DiskPool? pool, Exception? failure) = Live(device, seed: 7);
        Assert.Null(failure);
        int calls = device.Calls;
        pool!.Abandon();
        return calls;
    }

    private static (CrashRun Run, DiskPool? Pool, Exception? Failure) Live(FaultyDevice device, int seed)
    {
        var run = new CrashRun();
        var workload = new CrashWorkload(seed);
        DiskPool? pool = null;
        try
        {
            pool = CrashChoice.Create(device, CheckpointKiB, time: workload.Time);
            foreach (CrashOperation operation in CrashWorkload.Disks())
            {
                run.Do(pool, operation);
            }

            for (int i = 0; i < s_operations; i++)
            {
                run.Do(pool, workload.Next(run.Model));
            }

            return (run, pool, null);
        }
        catch (Exception e)
        {
            return (run, pool, e);
        }
    }

    private static void AssertRefuses(DiskPool pool, string where)
    {
        if (pool.ListDisks().Count == 0)
        {
            return;
        }

        IDisk disk = pool.OpenDisk(pool.ListDisks()[0].Name);
        Action[] refused =
        [
            () => disk.Write(0, Pattern.Bytes(512, 1)),
            disk.Flush,
            () => disk.Discard(0, disk.Size),
            () => disk.Resize(disk.Size + 1),
            () => disk.Chain.CreateAsync("refused").GetAwaiter().GetResult(),
            () => pool.CheckpointAsync().GetAwaiter().GetResult(),
            () => pool.FlushAsync().AsTask().GetAwaiter().GetResult(),
        ];
        foreach ((int number, Action action) in refused.Index())
        {
            Exception? refusal = Record.Exception(action);
            Assert.True(refusal is PoolFaultedException, $"{where}: call {number} after the failure gave {refusal?.ToString() ?? "success"}");
        }

    }
}
