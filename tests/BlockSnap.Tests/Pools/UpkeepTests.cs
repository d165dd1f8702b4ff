using BlockSnap.Log;
using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Pools;

/// <summary>What dies goes back to the device by itself, in quiet times and not before.</summary>
public sealed class UpkeepTests
{
    private const int Blocks = 16384;
    private const int Block = 4096;
    private const int Share = 10;
    private const long FreedBytes = (Blocks / Share + 1) * (long)Block;

    private readonly SimulatedWorkQueue _queue = new();
    private readonly ManualTime _time = new();

    private DiskPoolOptions Options => new() { SegmentBytes = 256 << 10, CheckpointBytes = 1 << 30, WorkQueue = _queue, TimeProvider = _time };

    public enum Way
    {
        Snapshot,
        Group,
        Quota,
    }

    // Once, what a quota evicted was given back only after the next checkpoint.
    [Theory]
    [InlineData(Way.Snapshot)]
    [InlineData(Way.Group)]
    [InlineData(Way.Quota)]
    public async Task Delete_OfASmallShare_GivesItBackToTheFileSystemOnceThePoolIsQuiet(Way way)
    {
        using var directory = new TempDirectory();
        string path = directory["pool"];
        await using DiskPool pool = await DiskPool.CreateAsync(path, Options with { SnapshotQuota = new SnapshotQuota(1) });
        IDisk disk = await MakeAsync(pool);
        await pool.CompactAsync();
        RunAll(quiet: true);
        long before = await TakenSpace.OfAsync(path);
        var automatic = new SnapshotOptions { Kind = SnapshotKind.Automatic };
        await pool.Groups.CreateAsync("doomed", [disk.Name], automatic);
        Rewrite(disk, 1);
        disk.Flush();
        RunAll(quiet: true);
        Assert.InRange(await TakenSpace.OfAsync(path), before + FreedBytes, long.MaxValue);

        switch (way)
        {
            case Way.Snapshot:
                Assert.Equal(FreedBytes, (await disk.Chain.DeleteAsync(["doomed"])).FreedBytes);
                break;
            case Way.Group:
                Assert.Equal(FreedBytes, (await pool.Groups.DeleteAsync("doomed")).FreedBytes);
                break;
            default:
                await disk.Chain.CreateAsync("next", automatic);
                break;
        }

        RunAll(quiet: true);
        Assert.InRange(await TakenSpace.OfAsync(path), 0, before + (FreedBytes / 3)); // batch heads and the ends of small segments are not given back
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task UndoPoint_ThatGivesWayToANewerOne_WaitsForTheNextDeletion()
    {
        int holes = 0;
        var device = new CrashableDevice { Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options with { UndoPointsMax = 1 });
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("base");
        for (int i = 0; i < 3; i++)
        {
            Rewrite(disk, i);
            await pool.CheckpointAsync();
            await disk.Chain.RollbackAsync("base");
            RunAll(quiet: true);
        }

        Assert.Equal(0, holes);
        await disk.Chain.DeleteAsync(["base"]);
        RunAll(quiet: true);
        Assert.NotEqual(0, holes);
    }

    [Fact]
    public async Task Delete_WhereHolesAreNeverPunched_LeavesThemToCompaction()
    {
        int holes = 0;
        var device = new CrashableDevice { Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options with { HolePunching = HolePunching.Never });
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        await disk.Chain.DeleteAsync(["doomed"]);
        RunAll(quiet: true);
        await pool.CompactAsync();
        Assert.Equal(0, holes);
    }

    [Fact]
    public async Task Overwrite_IsLeftUntilSomethingIsDeleted()
    {
        int holes = 0;
        var device = new CrashableDevice { Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options);
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        await pool.CheckpointAsync();
        Rewrite(disk, 1);
        Rewrite(disk, 2);
        await pool.CheckpointAsync();
        RunAll(quiet: true);
        Assert.Equal(0, holes);

        await disk.Chain.DeleteAsync(["doomed"]);
        RunAll(quiet: true);
        int given = holes;
        Assert.InRange(given, Blocks / Share, Blocks);
        Rewrite(disk, 3);
        await pool.CheckpointAsync();
        RunAll(quiet: true);
        Assert.Equal(given, holes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DiscardAndOverwrite_OfASmallShare_GiveItBackAfterAQuietTimeIfAsked(bool discard)
    {
        int holes = 0;
        var device = new CrashableDevice { Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options with { HolePunching = HolePunching.Always });
        IDisk disk = await MakeAsync(pool);
        await pool.CheckpointAsync();
        RunAll(quiet: true);
        long before = (await pool.GetUsageAsync()).PhysicalBytes;
        holes = 0;
        for (int index = 0; index < Blocks; index += Share)
        {
            if (discard)
            {
                disk.Discard(index * (long)Block, Block);
            }
            else
            {
                disk.WriteBlock(index, 77);
            }
        }

        disk.Flush();
        RunAll(quiet: false);
        _time.Advance(TimeSpan.FromSeconds(4));
        RunAll(quiet: false);
        Assert.Equal(0, holes);
        _time.Advance(TimeSpan.FromSeconds(1));
        RunAll(quiet: false);
        Assert.NotEqual(0, holes);
        RunAll(quiet: true);
        long grown = (await pool.GetUsageAsync()).PhysicalBytes - before;
        Assert.InRange(grown, long.MinValue, discard ? -FreedBytes / 2 : FreedBytes / 4);
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task HolesUnderWay_EndWhenMuchIsWritten_AndWaitUntilItEnds()
    {
        int holes = 0;
        var device = new CrashableDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options);
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        await disk.Chain.DeleteAsync(["doomed"]);
        device.Before = (call, _) =>
        {
            if (call == DeviceCall.GiveBack && ++holes == 20)
            {
                disk.Write(Blocks * (long)Block, Pattern.Bytes(2 << 20, 5));
            }
        };
        for (int run = 0; run < 50 && holes == 0; run++)
        {
            Run("BlockSnap upkeep");
        }

        for (int run = 0; run < 10; run++)
        {
            disk.Write((Blocks * (long)Block) + (run << 20), Pattern.Bytes(2 << 20, run));
            Run("BlockSnap upkeep");
        }

        Assert.Equal(20, holes);
        RunAll(quiet: true);
        Assert.InRange(holes, 100, Blocks);
    }

    public enum End
    {
        Closed,
        ClosedHalfWay,
        Killed,
    }

    // Once, what an earlier opening had deleted was given back only after the next deletion, which may be long in coming.
    [Theory]
    [InlineData(End.Closed)]
    [InlineData(End.ClosedHalfWay)]
    [InlineData(End.Killed)]
    public async Task GivingBack_ThatAnOpeningDidNotFinish_IsTakenUpByTheNextSoonAfterItBegan(End end)
    {
        int holes = 0;
        var device = new CrashableDevice();
        long freed;
        await using (DiskPool pool = await DiskPool.CreateAsync(device, Options))
        {
            IDisk disk = await MakeAsync(pool);
            await disk.Chain.CreateAsync("doomed");
            Rewrite(disk, 1);
            await pool.CheckpointAsync();
            freed = (await disk.Chain.DeleteAsync(["doomed"])).FreedBytes;
            if (end == End.ClosedHalfWay)
            {
                device.Before = (call, _) => holes += call == DeviceCall.GiveBack && ++holes == 20 ? Close(pool) : 0;
                RunAll(quiet: true);
            }

            if (end == End.Killed)
            {
                device = device.CrashState(CrashMode.Nothing);
            }
        }

        holes = 0;
        device.Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0;
        await using DiskPool again = await DiskPool.OpenAsync(device, Options);
        long taken = (await again.GetUsageAsync()).PhysicalBytes;
        RunAll(quiet: false);
        _time.Advance(TimeSpan.FromSeconds(4));
        RunAll(quiet: false);
        Assert.Equal(end == End.Killed, holes > 0); // releases that wait go on at once, and what they free is given back at once
        _time.Advance(TimeSpan.FromSeconds(1));
        RunAll(quiet: false);
        Assert.InRange(holes, Blocks / Share / 2, Blocks);
        Assert.InRange((await again.GetUsageAsync()).PhysicalBytes, 0, taken - (freed / 2));
        await again.AssertSoundAsync();
        holes = 0;
        RunAll(quiet: true);
        Assert.Equal(0, holes);
    }

    // More is dead than compaction tolerates. Once, compaction went on only after the next checkpoint.
    [Fact]
    public async Task Compaction_ThatAnOpeningDidNotFinish_IsTakenUpByTheNext()
    {
        var device = new CrashableDevice();
        DiskPoolOptions options = Options with { HolePunching = HolePunching.Never };
        await using (DiskPool pool = await DiskPool.CreateAsync(device, options))
        {
            IDisk disk = await MakeAsync(pool);
            for (int index = 0; index < Blocks; index += 2)
            {
                disk.Discard(index * (long)Block, Block);
            }
        }

        await using DiskPool again = await DiskPool.OpenAsync(device, options);
        PoolUsage before = await again.GetUsageAsync();
        Assert.InRange(before.DeadBytes, Blocks / 2 * (long)Block, long.MaxValue);
        RunAll(quiet: true);
        Assert.InRange((await again.GetUsageAsync()).DeadBytes, 0, before.DeadBytes / 2);
        await again.AssertSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Opening_OfAPoolInWhichLittleIsDead_WritesNothing(bool readOnly)
    {
        var device = new CrashableDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device, Options))
        {
            await MakeAsync(pool);
        }

        int changes = 0;
        await using DiskPool again = await DiskPool.OpenAsync(device, Options with { ReadOnly = readOnly });

        // But for holes in a small file of which much is dead, and free files that go.
        device.Before = (call, _) => changes += !readOnly && call is DeviceCall.GiveBack or DeviceCall.Delete ? 0 : 1;
        RunAll(quiet: true);
        await again.DisposeAsync();
        Assert.Equal(0, changes);
    }

    // Once, giving back what an older checkpoint called dead counted as the end of the deletion, whose own checkpoint was still to come.
    [Fact]
    public async Task Delete_WhoseCheckpointFindsNoSpace_IsGivenBackWhenThereIsSome()
    {
        int holes = 0;
        bool isFull = false;
        var device = new HookedDevice(new CrashableDevice())
        {
            Before = (what, _) => holes += what == "give back" ? 1 : 0,
            BeforeWrite = (name, _, _) => _ = isFull && name == CheckpointFiles.CountsName ? throw new PoolFullException(null, null) : 0,
        };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options);
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        await pool.CheckpointAsync();
        RunAll(quiet: true);
        await disk.Chain.DeleteAsync(["doomed"]);
        isFull = true;
        Run("BlockSnap upkeep");
        Assert.False(pool.Core.Store.Ledger.HasReleases);
        Assert.NotEqual(0, pool.Core.Store.BytesDiedSinceCheckpoint); // the deletion's checkpoint found no space
        isFull = false;
        holes = 0;
        for (int round = 1; round <= 2; round++)
        {
            disk.Write(Blocks * (long)Block, Pattern.Bytes(512 << 10, round)); // segments are opened, and the keeper looks
            RunAll(quiet: true);
            await pool.CheckpointAsync();
        }

        Assert.InRange(holes, Blocks / Share / 2, Blocks);
        await pool.AssertSoundAsync();
    }

    // Once, what a reader held was given back only after the next deletion.
    [Fact]
    public async Task Delete_OfWhatIsBeingRead_IsGivenBackWhenTheReaderIsDone()
    {
        int holes = 0;
        var device = new CrashableDevice { Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0 };
        await using DiskPool pool = await DiskPool.CreateAsync(device, Options);
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        await pool.CheckpointAsync();
        IDisk reader = disk.Chain.Open("doomed");
        IDisk other = disk.Chain.Open("doomed");
        await disk.Chain.DeleteAsync(["doomed"]);
        RunAll(quiet: true);
        Assert.InRange(holes, 0, Blocks / Share / 2);
        other.Dispose();
        RunAll(quiet: true);
        Assert.InRange(holes, 0, Blocks / Share / 2);
        reader.AssertBlock(0, 0);
        reader.Dispose();
        RunAll(quiet: true);
        Assert.InRange(holes, Blocks / Share, Blocks);
        await pool.AssertSoundAsync();
    }

    // The reader is gone with its process. Its reference is in the list that the checkpoint wrote, and who opens the pool gives it back.
    [Fact]
    public async Task Delete_OfWhatIsBeingReadUntilThePoolCloses_IsGivenBackByTheNextOpening()
    {
        int holes = 0;
        var device = new CrashableDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device, Options))
        {
            IDisk disk = await MakeAsync(pool);
            await disk.Chain.CreateAsync("doomed");
            Rewrite(disk, 1);
            await pool.CheckpointAsync();
            disk.Chain.Open("doomed");
            await disk.Chain.DeleteAsync(["doomed"]);
            RunAll(quiet: true);
        }

        device.Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0;
        await using DiskPool again = await DiskPool.OpenAsync(device, Options);
        RunAll(quiet: true);
        Assert.InRange(holes, Blocks / Share, Blocks);
        await again.AssertSoundAsync();
    }

    // The pool can go on without the counts. Once, a look at what is dead stopped it, some seconds after each opening.
    [Fact]
    public async Task CountsThatCannotBeRead_LeaveTheFilesAsTheyAreAndThePoolAtWork()
    {
        int holes = 0;
        bool isBroken = false;
        var device = new HookedDevice(new CrashableDevice())
        {
            Before = (what, name) =>
            {
                holes += what == "give back" ? 1 : 0;
                _ = isBroken && what == "read" && name == CheckpointFiles.CountsName ? throw new IOException("Injected.") : 0;
            },
        };
        await using (DiskPool pool = await DiskPool.CreateAsync(device, Options))
        {
            IDisk disk = await MakeAsync(pool);
            for (int index = 0; index < Blocks; index += 2)
            {
                disk.Discard(index * (long)Block, Block); // enough for compaction too
            }
        }

        isBroken = true;
        await using DiskPool again = await DiskPool.OpenAsync(device, Options);
        RunAll(quiet: true);
        Assert.Equal(0, holes);
        IDisk opened = again.OpenDisk("disk");
        opened.WriteBlock(Blocks + 1, 5);
        opened.Flush();
        opened.AssertBlock(1, 1);
        isBroken = false;
        Assert.Empty((await again.CompactAsync()).DamagedFiles);
        await again.AssertSoundAsync();
    }

    // It moves what lies around holes, which takes a while. Once, its progress said all that time that there was nothing to do.
    [Fact]
    public async Task Compact_OfAPoolWithHoles_TellsOfThemAsWork()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new CrashableDevice(), Options);
        IDisk disk = await MakeAsync(pool);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        await disk.Chain.DeleteAsync(["doomed"]);
        RunAll(quiet: true);
        var told = new List<WorkProgress>();
        await pool.CompactAsync(new Reports(told.Add));
        Assert.InRange(told.Count, 10, Blocks);
        Assert.All(told, progress => Assert.InRange(progress.Done, 0, progress.Total));
        Assert.InRange(told[0].Total, FreedBytes, 2 * FreedBytes);
        Assert.InRange(told[^1].Done, told[^1].Total / 2, told[^1].Total);
    }

    private static int Close(DiskPool pool)
    {
        pool.Dispose();
        return 0;
    }

    private static async Task<IDisk> MakeAsync(DiskPool pool)
    {
        IDisk disk = await pool.CreateDiskAsync("disk", 128 << 20);
        for (int index = 0; index < Blocks; index++)
        {
            disk.WriteBlock(index, index);
        }

        disk.Flush();
        return disk;
    }

    private static void Rewrite(IDisk disk, int seed)
    {
        for (int index = 0; index < Blocks; index += Share)
        {
            disk.WriteBlock(index, seed);
        }
    }

    private void Run(string name)
    {
        for (int index = 0; index < 3; index++)
        {
            if (_queue.Pick(index) is { } worker && worker.Name == name)
            {
                worker.Run();
                return;
            }
        }
    }

    // Runs the workers until none has anything more to do, or so often that only what waits for time is left.
    private void RunAll(bool quiet)
    {
        for (int rest = 0; rest <= (quiet ? 3 : 0); rest++)
        {
            for (int i = 0; i < 100 && _queue.Pick(i) is { } worker; i++)
            {
                worker.Run();
            }

            _time.Advance(quiet ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);
        }
    }
}
