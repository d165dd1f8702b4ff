using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>Lives on devices and in capacities that they outgrow, whatever the size: data are refused and nothing else, after a crash too.</summary>
public sealed class SpaceSweepTests(ITestOutputHelper output)
{
    private const int SegmentBytes = 64 << 10;
    private const int CheckpointKiB = FaultLife.CheckpointKiB;

    // Of segments, for a pool that is told one. A device may be smaller: in its segments, which are so small here that a checkpoint may fill one,
    // what rollbacks and discards add for good can use the reserve up.
    private const int LeastCapacity = 16;
    private const int LeastDevice = 9;

    // A capacity is that of the log's files; what a device stores beside them (counts, table, superblocks) takes less than two segments here.
    private const int LeastDeviceOfThatCapacity = LeastCapacity + 2;

    // A shrink to a size inside a block of more than 4 KiB may be, as data are: with so much capacity these histories meet none.
    private static readonly string[] s_neverRefused =
        ["delete", "rollback", "undo", "discard", "shrink", "trash", "undelete", "flush", "checkpoint", "compact"];

    // Every seed and size in which a checkpoint, a delete or a rollback was once refused, or a delete after a crash, is of these.
    public static TheoryData<int> Seeds => [1, 3, 4, 8, 14, 15, 18, 19];

    // With them some in which compaction gave up too early, or had no room that it could have had.
    public static TheoryData<int> SeedsOfLeastCapacity =>
        [.. Enumerable.Range(1, LongRun.IsAsked ? 400 : 20).Union([31, 40, 63, 69, 100, 101, 122, 134, 152, 161, 181, 188])];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void DeviceOfAnySize_RunsFull_RefusesDataOnly(int seed)
    {
        int step = LongRun.IsAsked ? 4 << 10 : 48 << 10;
        long most = BytesUsed(seed);
        int runs = 0;
        int refused = 0;
        var broken = new List<string>();
        for (long capacity = LeastDevice * SegmentBytes; capacity < most + SegmentBytes; capacity += step)
        {
            runs++;
            (int refusals, string? problem) = LiveOn(capacity, seed);
            refused += refusals;
            Assert.True(problem is null || capacity < LeastDeviceOfThatCapacity * SegmentBytes, problem);
            if (problem is not null)
            {
                broken.Add(problem);
            }
        }

        Assert.True(broken.Count <= runs / 6, $"of {runs} sizes: {string.Join("; ", broken)}");
        Assert.True(refused > 50, $"only {refused} calls were refused");
        output.WriteLine($"{runs} sizes of the device up to {most >> 10} KiB, {refused} calls refused, {broken.Count} sizes in which more than data were: {string.Join("; ", broken)}");
    }

    // A capacity once counted files, and small containers filled it up: what gives space back was refused in each of these.
    [Theory]
    [MemberData(nameof(SeedsOfLeastCapacity))]
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

    internal static bool IsNeverRefused(CrashRun run)
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
