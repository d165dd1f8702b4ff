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

    // Of segments, for a pool that is told one. A device may be smaller: in its segments, which are so small here that a checkpoint may fill one,
    // what rollbacks and discards add for good can use the reserve up.
    private const int LeastCapacity = 16;
    private const int LeastDevice = 9;
    private const int CheckpointKiB = FaultLife.CheckpointKiB;

    private static readonly bool s_all = Environment.GetEnvironmentVariable("BLOCKSNAP_CRASH_ALL") == "1";

    private static readonly string[] s_neverRefused = ["delete", "rollback", "undo", "discard", "trash", "undelete", "flush", "checkpoint", "compact"];

    // Every seed and size in which a checkpoint, a delete or a rollback was once refused, or a delete after a crash, is of these.
    public static TheoryData<int> Seeds => [1, 3, 4, 8, 11, 14, 15, 18];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void DeviceOfAnySize_RunsFull_RefusesDataOnly(int seed)
    {
        int step = s_all ? 4 << 10 : 48 << 10;
        long most = BytesUsed(seed);
        int runs = 0;
        int refused = 0;
        var broken = new List<string>();
        for (long capacity = LeastDevice * SegmentBytes; capacity < most + SegmentBytes; capacity += step)
        {
            runs++;
            (int refusals, string? problem) = LiveOn(capacity, seed);
            refused += refusals;
            Assert.True(problem is null || capacity < LeastCapacity * SegmentBytes, problem);
            if (problem is not null)
            {
                broken.Add(problem);
            }
        }

        Assert.True(broken.Count <= runs / 8, $"of {runs} sizes: {string.Join("; ", broken)}");
        Assert.True(refused > 50, $"only {refused} calls were refused");
        output.WriteLine($"{runs} sizes of the device up to {most >> 10} KiB, {refused} calls refused, {broken.Count} sizes in which more than data were: {string.Join("; ", broken)}");
    }

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

    // A capacity once counted files, and small containers filled it up: what gives space back was refused in each of these.
    [Theory]
    [MemberData(nameof(Seeds))]
    public void LeastCapacity_RunsFull_RefusesDataOnly(int seed)
    {
        const long Capacity = LeastCapacity * SegmentBytes;
        var medium = new CrashableDevice();
        var run = new CrashRun();
        int refused = 0;
        DiskPool pool = CrashChoice.Create(medium, CheckpointKiB, Capacity);
        FaultLife.Live(run, pool, seed, refusal =>
        {
            refused++;
            Assert.False(IsNeverRefused(run), $"{run.Operation}: {refusal.Message}");
            Assert.InRange(SegmentFileBytes(medium), 1, Capacity);
        });
        foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything })
        {
            CrashableDevice left = medium.CrashState(mode);
            DiskPool opened = CrashChoice.Open(left, CheckpointKiB, Capacity);
            string digest = PoolDigest.Of(opened);
            Assert.True(run.Find(digest) >= 0, $"{mode}, opened full: {run.Explain(digest)}");
            Assert.True(CanGoOn(opened, left), $"{mode}: opened full, not everything could be deleted");
        }

        run.Close(pool);
        FaultLife.AssertSound(run, CrashChoice.Open(medium, CheckpointKiB), medium, $"seed {seed}");
        output.WriteLine($"{refused} calls refused");
    }

    [Fact]
    public async Task CapacityOfLessThanSixteenSegments_IsRefused_WithTheNumber()
    {
        const int Least = LeastCapacity * (2 * SegmentBytes);
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

    // A file system that copies on write needs space for every write, whatever was reserved.
    [Theory]
    [InlineData("Write")]
    [InlineData("Allocate")]
    [InlineData("SetLength")]
    public void NoSpaceAtEveryCall_UntilItReturns_LosesNothingAndGoesOn(string kindName)
    {
        var kind = Enum.Parse<DeviceCall>(kindName);
        int calls = FaultLife.CallsOf(kind);
        int step = s_all ? 1 : Math.Max(1, calls / 40);
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

    [Fact]
    public async Task RealFileSystem_RunsFull_DeletesAndGoesOn()
    {
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(64 << 20);
        await FillAndEmptyAsync(Path.Join(fileSystem.Path, "pool"), new DiskPoolOptions { SegmentBytes = 1 << 20, CheckpointBytes = 8 << 20 });
    }

    [Fact]
    public async Task RealFileSystem_RunsFullInTheBackground_DeletesAndGoesOn()
    {
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(96 << 20);
        await FillAndEmptyAsync(Path.Join(fileSystem.Path, "pool"), new DiskPoolOptions { SegmentBytes = 2 << 20, CheckpointBytes = 16 << 20, CacheBytes = 4 << 20 });
    }

    // A stranger fills the rest of the file system, so that nothing but the reserve is left.
    private static async Task FillAndEmptyAsync(string path, DiskPoolOptions options)
    {
        string stranger = Path.Join(Path.GetDirectoryName(path), "stranger");
        var random = new Random(1);
        DiskPool pool = await DiskPool.CreateAsync(path, options);
        try
        {
            IDisk disk = await pool.CreateDiskAsync("a", 1L << 30);
            disk.Write(0, Pattern.Bytes(4 << 20, seed: 1));
            await disk.Chain.CreateAsync("s1");
            for (int round = 1; round <= 3; round++)
            {
                long written = disk.FillUp(round * 100_000);
                Assert.True(written > 2_000, $"round {round}: full after {written} blocks");
                FillUp(stranger);
                await disk.Chain.CreateAsync("s2");
                for (int look = 0; look < 200; look++)
                {
                    long index = random.NextInt64(written);
                    disk.AssertBlock(index, (round * 100_000) + index);
                }

                if (round == 2)
                {
                    await pool.DisposeAsync();
                    pool = await DiskPool.OpenAsync(path, options);
                    disk = pool.OpenDisk("a");
                    disk.AssertBlock(written - 1, (round * 100_000) + written - 1);
                }

                await disk.Chain.RollbackAsync("s1");
                await disk.Chain.DeleteAsync(["s2", disk.Chain.UndoPoint!.Name]);
                await pool.CompactAsync();
                File.Delete(stranger);
                await pool.AssertSoundAsync();
            }
        }
        finally
        {
            await pool.DisposeAsync();
            File.Delete(stranger);
        }
    }

    private static void FillUp(string file)
    {
        byte[] bytes = new byte[64 << 10];
        bytes.AsSpan().Fill(1);
        using FileStream stream = new(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                stream.Write(bytes);
            }
        }
        catch (IOException)
        {
        }
    }

    // Lives on a device of a size. Returns how many calls were refused, and what was refused that should not have been: something else than data, or
    // after a crash, while the device is full, to be opened for writing, or to delete.
    private static (int Refused, string? Problem) LiveOn(long capacity, int seed)
    {
        var medium = new CrashableDevice { CapacityBytes = capacity };
        var run = new CrashRun();
        int refused = 0;
        string where = $"capacity {capacity}, seed {seed}";
        string? broken = null;
        DiskPool pool = CrashChoice.Create(medium, CheckpointKiB);
        FaultLife.Live(run, pool, seed, refusal =>
        {
            refused++;
            if (IsNeverRefused(run))
            {
                broken ??= $"{where}, {run.Operation}: {refusal.Message}";
            }
        });

        // As it is, full or not: opened after a crash, to be read at the least; then closed and opened.
        foreach (CrashMode mode in new[] { CrashMode.Nothing, CrashMode.Everything })
        {
            CrashableDevice left = medium.CrashState(mode);
            left.CapacityBytes = capacity;
            CrashableDevice full = left.Copy();
            if (TryOpen(full) is { } opened)
            {
                string digest = PoolDigest.Of(opened);
                Assert.True(run.Find(digest) >= 0, $"{where}, {mode}, opened full: {run.Explain(digest)}");
                if (!CanGoOn(opened, full))
                {
                    broken ??= $"{where}, {mode}: opened full, not everything could be deleted";
                }

                left.CapacityBytes = null;
            }
            else
            {
                broken ??= $"{where}, {mode}: can only be read";
                using DiskPool reader = DiskPool.OpenAsync(left, new DiskPoolOptions { ReadOnly = true, BackgroundWork = false }).GetAwaiter().GetResult();
                string digest = PoolDigest.Of(reader);
                Assert.True(run.Find(digest) >= 0, $"{where}, {mode}, only read: {run.Explain(digest)}");
                left = medium.CrashState(mode);
            }

            string? problem = CrashVerifier.Verify(run, left, CheckpointKiB, out _);
            Assert.True(problem is null, $"{where}, {mode}: {problem}");
        }

        run.Close(pool);
        if (TryOpen(medium) is not { } again)
        {
            broken ??= $"{where}: closed full, can only be read";
            medium.CapacityBytes = null;
            again = CrashChoice.Open(medium, CheckpointKiB);
        }

        FaultLife.AssertSound(run, again, medium, where);
        return (refused, broken);
    }

    private static long SegmentFileBytes(CrashableDevice device)
    {
        long bytes = 0;
        foreach (string name in device.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
        {
            using IDeviceFile file = device.Open(name, DeviceFileMode.Open);
            bytes += file.Length;
        }

        return bytes;
    }

    private static bool IsNeverRefused(CrashRun run)
    {
        string operation = run.Operation[(run.Operation.IndexOf(',', StringComparison.Ordinal) + 2)..];
        return s_neverRefused.Any(word => operation.StartsWith(word, StringComparison.Ordinal));
    }

    private static DiskPool? TryOpen(CrashableDevice left)
    {
        try
        {
            return CrashChoice.Open(left, CheckpointKiB);
        }
        catch (PoolFullException)
        {
            return null;
        }
    }

    // All that can be deleted is, while there is no space; and when there is, it takes data without being opened again.
    private static bool CanGoOn(DiskPool pool, CrashableDevice device)
    {
        bool canDelete = true;
        try
        {
            foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
            {
                DeleteAll(pool, disk);
            }
        }
        catch (PoolFullException)
        {
            canDelete = false;
        }

        device.CapacityBytes = null;
        using (IDisk fresh = pool.CreateDiskAsync("afterwards", 1 << 20).GetAwaiter().GetResult())
        {
            fresh.WriteBlock(0, seed: 1);
            fresh.Flush();
        }

        Assert.True(pool.CheckAsync(verifyData: true).GetAwaiter().GetResult().Ok);
        pool.Abandon();
        return canDelete;
    }

    private static void DeleteAll(DiskPool pool, DiskInfo disk)
    {
        ISnapshotChain chain = pool.OpenChain(disk.Id.ToString());
        foreach (Snapshot snapshot in chain.Snapshots.Where(snapshot => snapshot is { Lock: null, Holds.Count: 0, ImageCount: 0 }))
        {
            chain.DeleteAsync([snapshot.Name], new SnapshotDeleteOptions { Force = true, TrashGrace = TimeSpan.Zero }).GetAwaiter().GetResult();
        }

        if (!chain.IsReleased)
        {
            pool.DeleteDiskAsync(disk.Name).GetAwaiter().GetResult();
        }
    }

    private static long BytesUsed(int seed)
    {
        var medium = new CrashableDevice();
        var run = new CrashRun();
        long most = 0;
        medium.Before = (_, _) => most = Math.Max(most, medium.Bytes);
        DiskPool pool = CrashChoice.Create(medium, CheckpointKiB);
        FaultLife.Live(run, pool, seed, static e => throw e);
        pool.Abandon();
        return most;
    }
}
