using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>Dead blocks between living ones: their space goes back to the device, and nobody misses them.</summary>
public sealed class GivingBackTests
{
    private const int Blocks = 160;
    private const int RareKiB = 1 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_AnywhereAroundAHole_LosesNothing(bool inContainers)
    {
        var medium = new CrashableDevice();
        DiskPool pool = await MakeAsync(medium, inContainers);
        var left = new List<CrashableDevice>();
        int holes = 0;
        medium.Before = (call, _) =>
        {
            holes += call == DeviceCall.GiveBack ? 1 : 0;
            left.AddRange(Enum.GetValues<CrashMode>().Select(mode => medium.CrashState(mode, left.Count)));
        };
        Assert.True(GiveBack(pool));
        Assert.InRange(holes, 10, Blocks);
        AssertHolds(pool, inContainers);
        pool.OpenDisk("a").WriteBlock(Blocks, 7);
        await pool.CheckpointAsync();
        medium.Before = null;
        Assert.True(left.Count > 7 * (holes + 5), "nothing happened behind the holes");
        foreach (CrashableDevice device in left)
        {
            using DiskPool recovered = CrashChoice.Open(device, RareKiB);
            AssertHolds(recovered, inContainers);
            await recovered.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task DeadForNoDurableCheckpoint_IsLeftAlone()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, RareKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        Write(disk, 0, static _ => true);
        await pool.CheckpointAsync();
        disk.Flush();
        Write(disk, 1000, static _ => true); // in no way durable
        pool.Core.Store.Ledger.Drain();
        int holes = 0;
        medium.Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0;
        Assert.True(GiveBack(pool));
        Assert.Equal(0, holes);
        using DiskPool recovered = CrashChoice.Open(medium.CrashState(CrashMode.Nothing), RareKiB);
        recovered.OpenDisk("a").AssertBlock(1, 1);
    }

    [Fact]
    public async Task Read_OfABlockThatDiesMeanwhile_GetsItsBytes()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        using DiskPool pool = await MakeAsync(device);
        Assert.True(GiveBack(pool));
        IDisk disk = pool.OpenDisk("a");
        string? held = null;
        bool isAll = true;
        var given = new HashSet<string>();
        device.Before = (what, name) =>
        {
            if (what == "give back")
            {
                given.Add(name);
            }
            else if (what == "read" && held is null)
            {
                held = name;
                Task.Run(() =>
                {
                    disk.WriteBlock(1, 5555);
                    Settle(pool);
                    isAll = GiveBack(pool);
                }).Wait();
            }
        };
        disk.AssertBlock(1, 2001);
        Assert.False(isAll);
        Assert.DoesNotContain(held!, given);
        Assert.True(GiveBack(pool));
        Assert.Contains(held!, given);
        disk.AssertBlock(1, 5555);
    }

    [Fact]
    public async Task Load_OfANodeThatDiedSinceItsNameWasMet_IsNoDamageUnlessItIsMetAgain()
    {
        using var medium = new MemoryDevice();
        using DiskPool pool = await MakeAsync(medium);
        IDisk disk = pool.OpenDisk("a");
        var missing = new MissingNode(LeafOf(pool));
        Assert.False(pool.Core.Store.HasDied(missing.Id));
        Write(disk, 5000, static _ => true);
        Settle(pool);
        Assert.True(GiveBack(pool));
        Assert.True(pool.Core.Store.HasDied(missing.Id));
        Assert.False(pool.Core.Store.HasDied(LeafOf(pool).Id));
        IVolumeView view = pool.Core.Catalog.Find("a")!.Volume;
        Assert.Throws<BlockCorruptedException>(() => pool.Core.Engine.Reader.Load(missing));
        pool.Core.Engine.Load(view, missing);
        Assert.Throws<BlockCorruptedException>(() => pool.Core.Engine.Load(view, missing));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CheckScrubAndRepair_OfAPoolWithHoles_FindNoDamage(bool inContainers)
    {
        var medium = new CrashableDevice();
        using (DiskPool pool = await MakeAsync(medium, inContainers))
        {
            Assert.True(GiveBack(pool));
            await pool.AssertSoundAsync();
            Assert.Empty((await pool.ScrubAsync()).Damage);
        }

        var target = new CrashableDevice();
        medium.Delete("superblock");
        medium.Delete("superblock-copy");
        RepairReport report = await DiskPool.RepairAsync(medium, target, options: CrashChoice.Options());
        Assert.True(report.IsExact, string.Join(", ", report.Damage));
        using DiskPool repaired = CrashChoice.Open(target);
        AssertHolds(repaired, inContainers);
        await repaired.CompactAsync();
        AssertHolds(repaired, inContainers);
        await repaired.AssertSoundAsync();
    }

    [Fact]
    public async Task DeviceThatCannot_IsAskedOnce()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium) { KeepsAll = true };
        int asked = 0;
        device.Before = (what, _) => asked += what == "give back" ? 1 : 0;
        using DiskPool pool = await MakeAsync(device);
        long taken = (await pool.GetUsageAsync()).PhysicalBytes;
        Assert.True(GiveBack(pool));
        Settle(pool);
        Assert.True(GiveBack(pool));
        Assert.Equal(1, asked);
        Assert.False(pool.Core.Store.HasDeadToGiveBack);
        Assert.Equal(taken, (await pool.GetUsageAsync()).PhysicalBytes);
        AssertHolds(pool);
    }

    [Theory]
    [InlineData(DeviceFault.Error)]
    [InlineData(DeviceFault.NoSpace)]
    public async Task HoleThatFails_IsPassedOver(DeviceFault fault)
    {
        using var medium = new MemoryDevice();
        var device = new FaultyDevice(medium, DeviceCall.GiveBack, at: 2, forever: true) { Fault = fault };
        using DiskPool pool = await MakeAsync(device);
        long taken = (await pool.GetUsageAsync()).PhysicalBytes;
        Assert.True(GiveBack(pool));
        Assert.True(device.HasFailed);
        Assert.Equal(taken - 4096, (await pool.GetUsageAsync()).PhysicalBytes); // the first
        int calls = device.Calls;
        Assert.True(GiveBack(pool));
        Assert.Equal(calls, device.Calls);
        AssertHolds(pool);
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task UsedAgain_AFileWithHolesIsGivenItsSpaceFirst()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        using DiskPool pool = await MakeAsync(device);
        var withHoles = new HashSet<string>();
        int usedAgain = 0;
        device.Before = (what, name) =>
        {
            if (what == "give back")
            {
                withHoles.Add(name);
            }
            else if (what == "allocate")
            {
                usedAgain += withHoles.Remove(name) ? 1 : 0;
            }
            else if (what == "open")
            {
                withHoles.Remove(name); // deleted meanwhile, and another file now
            }

            Assert.False(what == "write" && withHoles.Contains(name), $"{name} is written and has no space of its own");
        };
        Assert.True(GiveBack(pool));
        Assert.NotEmpty(withHoles);
        IDisk disk = pool.OpenDisk("a");
        Write(disk, 3000, static index => index % 3 == 0); // the last that lives beside the holes
        Settle(pool);
        Write(disk, 4000, static _ => true);
        disk.Flush();
        Assert.NotEqual(0, usedAgain);
    }

    [Fact]
    public async Task AllThatIsDead_IsGivenBackOnce_AndIsNoUsedSpace()
    {
        var medium = new CrashableDevice();
        int holes = 0;
        medium.Before = (call, _) => holes += call == DeviceCall.GiveBack ? 1 : 0;
        long taken;
        using (DiskPool pool = await MakeAsync(medium))
        {
            PoolUsage before = await pool.GetUsageAsync();
            Assert.True(GiveBack(pool));
            Assert.Equal(Blocks / 3, holes);
            PoolUsage after = await pool.GetUsageAsync();
            Assert.Equal((before.PhysicalBytes - (holes * 4096), before.DeadBytes - (holes * 4096)), (after.PhysicalBytes, after.DeadBytes));
            Settle(pool);
            Assert.True(GiveBack(pool));
            Assert.Equal(Blocks / 3, holes);
            taken = after.PhysicalBytes;
        }

        using DiskPool again = CrashChoice.Open(medium, RareKiB);
        again.OpenDisk("a").WriteBlock(0, 9);
        Settle(again);
        Assert.True(GiveBack(again));
        Assert.InRange(holes, Blocks / 3, 2 * Blocks / 3); // files of which much is dead are looked at once more
        Assert.InRange((await again.GetUsageAsync()).PhysicalBytes, taken - (4 * 4096), taken + (4 << 16));
        AssertHolds(again, ownBlock: 9);
    }

    [Fact]
    public async Task BlockThatDiesWhileHolesAreMadeInItsFile_IsGivenBackByTheNextRound()
    {
        var medium = new CrashableDevice();
        DiskPool pool = await MakeAsync(medium);
        var given = new List<string>();
        bool raced = false;
        medium.Before = (call, name) =>
        {
            if (call == DeviceCall.GiveBack)
            {
                given.Add(name);
                if (!raced)
                {
                    raced = true;
                    pool.OpenDisk("a").WriteBlock(0, 9);
                    Settle(pool);
                }
            }
        };

        Assert.True(GiveBack(pool));
        string file = given[0];
        given.Clear();
        Assert.True(GiveBack(pool));
        Assert.Contains(file, given);
        AssertHolds(pool, ownBlock: 9);
    }

    // A little is dead in each file, too little to be worth a move: progress was told only when all was done.
    [Fact]
    public async Task Compact_TellsHowFarItsHolesHaveCome()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        using DiskPool pool = await DiskPool.CreateAsync(device, new DiskPoolOptions { SegmentBytes = 1 << 20, BackgroundWork = false });
        IDisk disk = await pool.CreateDiskAsync("a", 8 << 20);
        for (int index = 0; index < 2048; index++)
        {
            disk.WriteBlock(index, index);
        }

        for (int index = 0; index < 2048; index += 128)
        {
            disk.Discard(index * 4096L, 4096);
        }

        var told = new List<WorkProgress>();
        int atFirstHole = -1;
        device.Before = (what, _) => atFirstHole = what == "give back" && atFirstHole < 0 ? told.Count : atFirstHole;
        await pool.CompactAsync(new Reports(told.Add));

        Assert.InRange(atFirstHole, 0, told.Count - 1);
        Assert.True(told[^1].Done > 0);
        Assert.All(told, progress => Assert.InRange(progress.Done, 0, progress.Total));
    }

    [Theory]
    [InlineData(64 << 10, 16 << 10)]
    [InlineData(1 << 20, 256 << 10)]
    [InlineData(256 << 20, 1 << 20)]
    public async Task SmallestAndLargestBlocks_InSegmentsOfAnySize_KeepTheirBytesBesideHoles(int segmentBytes, int largeBytes)
    {
        const int Count = 60;
        using var device = new MemoryDevice();
        DiskPoolOptions options = CrashChoice.Options(RareKiB) with { SegmentBytes = segmentBytes };
        DiskPool pool = await DiskPool.CreateAsync(device, options);
        foreach (int blockBytes in new[] { BlockSize.MinimumBytes, largeBytes })
        {
            await pool.CreateDiskAsync($"of{blockBytes}", Count * (long)blockBytes, new BlockSize(blockBytes));
        }

        WriteAll(seed: 0, every: 1);
        foreach (IDisk disk in Disks())
        {
            await disk.Chain.CreateAsync("doomed");
        }

        WriteAll(seed: 1000, every: 3);
        foreach (IDisk disk in Disks())
        {
            await disk.Chain.DeleteAsync(["doomed"]);
        }

        Settle(pool);
        Assert.True(GiveBack(pool));
        AssertAll();
        await pool.AssertSoundAsync();
        await pool.CompactAsync();
        AssertAll();
        pool.Abandon();
        pool = await DiskPool.OpenAsync(device, options);
        AssertAll();
        Assert.True(GiveBack(pool));
        AssertAll();
        await pool.AssertSoundAsync();
        await pool.DisposeAsync();

        IDisk[] Disks() => [.. pool.ListDisks().Select(disk => pool.OpenDisk(disk.Name))];

        void WriteAll(long seed, int every)
        {
            for (int index = 0; index < Count; index += every)
            {
                foreach (IDisk disk in Disks())
                {
                    disk.Write(index * (long)disk.BlockSize.Bytes, Pattern.Bytes(disk.BlockSize.Bytes, seed + index));
                }
            }
        }

        void AssertAll()
        {
            foreach (IDisk disk in Disks())
            {
                byte[] block = new byte[disk.BlockSize.Bytes];
                for (int index = 0; index < Count; index++)
                {
                    disk.Read(index * (long)block.Length, block);
                    byte[] expected = Pattern.Bytes(block.Length, (index % 3 == 0 ? 1000 : 0) + index);
                    Assert.True(block.AsSpan().SequenceEqual(expected), $"block {index} of {block.Length} bytes");
                }
            }
        }
    }

    // A disk and a snapshot "kept" of it. Every second or third block of the segments, or of the containers made of them, is dead, and a
    // checkpoint says so.
    private static async Task<DiskPool> MakeAsync(IStorageDevice device, bool inContainers = false)
    {
        DiskPool pool = CrashChoice.Create(device, RareKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        Write(disk, 0, static _ => true);
        await disk.Chain.CreateAsync("kept");
        Write(disk, 1000, static index => index % 3 != 2);
        await disk.Chain.CreateAsync("doomed");
        Write(disk, 2000, static index => index % 3 == 1);
        await disk.Chain.DeleteAsync(["doomed"]);
        if (inContainers)
        {
            await pool.CompactAsync();
            Write(disk, 3000, static index => index % 6 == 0);
        }

        Settle(pool);
        return pool;
    }

    private static void AssertHolds(DiskPool pool, bool inContainers = false, long ownBlock = 1000)
    {
        IDisk disk = pool.OpenDisk("a");
        byte[] kept = disk.Chain.ReadAll("kept");
        for (int index = 0; index < Blocks; index++)
        {
            long seed = index switch
            {
                0 when !inContainers => ownBlock,
                _ when inContainers && index % 6 == 0 => 3000 + index,
                _ when index % 3 == 0 => 1000 + index,
                _ when index % 3 == 1 => 2000 + index,
                _ => index,
            };
            disk.AssertBlock(index, seed);
            Assert.True(kept.AsSpan(index * 4096, 4096).SequenceEqual(Pattern.Bytes(4096, index)), $"block {index} of the snapshot");
        }
    }

    private static void Write(IDisk disk, long seed, Func<int, bool> which)
    {
        for (int index = 0; index < Blocks; index++)
        {
            if (which(index))
            {
                disk.WriteBlock(index, seed + index);
            }
        }
    }

    private static void Settle(DiskPool pool)
    {
        pool.Core.Store.Ledger.DrainAll(CancellationToken.None);
        pool.Core.Checkpoint();
    }

    private static bool GiveBack(DiskPool pool) => pool.Core.Store.TryGiveBackDead(static () => true);

    private static NodeEntry LeafOf(DiskPool pool)
    {
        using (pool.Core.Gate.Enter())
        {
            return pool.Core.Catalog.Find("a")!.Volume.Head.Root.Entry;
        }
    }
}
