using BlockSnap.Tests.Infrastructure;

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

    [Fact]
    public async Task Delete_OfASmallShare_GivesItBackToTheFileSystemOnceThePoolIsQuiet()
    {
        using var directory = new TempDirectory();
        string path = directory["pool"];
        await using DiskPool pool = await DiskPool.CreateAsync(path, Options);
        IDisk disk = await MakeAsync(pool);
        await pool.CompactAsync();
        RunAll(quiet: true);
        long before = await TakenSpace.OfAsync(path);
        await disk.Chain.CreateAsync("doomed");
        Rewrite(disk, 1);
        disk.Flush();
        RunAll(quiet: true);
        Assert.InRange(await TakenSpace.OfAsync(path), before + FreedBytes, long.MaxValue);

        Assert.Equal(FreedBytes, (await disk.Chain.DeleteAsync(["doomed"])).FreedBytes);
        RunAll(quiet: true);
        Assert.InRange(await TakenSpace.OfAsync(path), 0, before + (FreedBytes / 3)); // heads, the ends of small segments
        await pool.AssertSoundAsync();
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

    // Until nobody has anything more to do, or so often that all is done but what waits for time.
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
