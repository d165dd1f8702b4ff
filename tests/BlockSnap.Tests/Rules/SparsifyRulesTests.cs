using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Rules;

/// <summary>R42: what gives space back, and the search for stored zeros. Since no call of the library stores any, these tests plant them behind its back.</summary>
public sealed class SparsifyRulesTests
{
    private const int Block = 4096;

    [Fact]
    public async Task R42_WritingOverWhatAFileHeldShrinksNothingAndDiscardDoes()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        disk.Write(0, Pattern.Bytes(64 * Block, seed: 1));

        // A file system that deletes a file changes a few of its own blocks; the file's blocks stay.
        disk.WriteBlock(0, seed: 2);
        Assert.Equal(64 * Block, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);

        disk.Discard(10 * Block, 50 * Block);
        Assert.Equal(14 * Block, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);
    }

    [Fact]
    public async Task R42_BlockThatIsZeroedInPiecesIsAHoleAtOnce()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 1));

        for (int at = 0; at < 4 * Block; at += 512)
        {
            disk.Write(at, new byte[512]);
        }

        Assert.Equal([4, 5, 6, 7], await disk.GetAllocatedBlocksAsync());
        Assert.Equal(4 * Block, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);
    }

    /// <summary>What sparsify finds in disks that only this library wrote: nothing, ever.</summary>
    [Theory]
    [InlineData(512, 1)]
    [InlineData(4096, 2)]
    [InlineData(4096, 3)]
    [InlineData(16384, 4)]
    public async Task R42_NoStoredBlockIsEverAllZeros_HoweverItCameToBe(int blockBytes, int seed)
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"), SnapshotQuota.Unlimited);
        var random = new SeededRandom(seed);
        const int Blocks = 12;
        long most = Blocks * blockBytes;
        (await test.Pool.CreateDiskAsync("disk0", most - 7, new BlockSize(blockBytes))).Dispose();
        for (int step = 0; step < 400; step++)
        {
            IReadOnlyList<DiskInfo> disks = test.Pool.ListDisks();
            using IDisk disk = test.Pool.OpenDisk(disks[random.Next(disks.Count)].Name);
            long offset = random.Next((int)disk.Size);
            int length = random.Next(1 + (int)Math.Min(disk.Size - offset, 2 * blockBytes));
            string? some = disk.Chain.Snapshots.Count == 0 ? null : disk.Chain.Snapshots[random.Next(disk.Chain.Snapshots.Count)].Name;
            switch (random.Next(14))
            {
                case < 3:
                    disk.Write(offset, Pattern.Bytes(length, seed: step));
                    break;
                case < 7:
                    disk.Write(offset, new byte[length]);
                    break;
                case 7:
                    disk.WriteZeroes(offset, length);
                    break;
                case 8:
                    disk.Discard(offset, length);
                    break;
                case 9:
                    disk.Resize(1 + random.Next((int)most));
                    break;
                case 10:
                    await DiskImage.UpdateAsync(new MemoryStream([.. Pattern.Bytes((int)offset, seed: step), .. new byte[length]]), disk);
                    break;
                case 11 when some is not null:
                    await disk.Chain.RollbackAsync(some);
                    break;
                case 12 when some is not null && disks.Count < 4:
                    (await disk.Chain.CloneAsync(some, $"disk{step}", most)).Dispose();
                    break;
                default:
                    await disk.Chain.CreateAsync($"s{step}");
                    break;
            }

            if (step % 80 == 79)
            {
                await test.KillAsync();
            }
        }

        int stored = 0;
        foreach (DiskInfo info in test.Pool.ListDisks())
        {
            using IDisk disk = test.Pool.OpenDisk(info.Name);
            stored += await CountStoredAsync(disk);
            foreach (Snapshot snapshot in disk.Chain.Snapshots.Concat(disk.Chain.UndoPoints))
            {
                using IDisk view = disk.Chain.Open(snapshot.Name);
                stored += await CountStoredAsync(view);
            }
        }

        Assert.InRange(stored, 100, int.MaxValue);
    }

    [Fact]
    public async Task R42_Sparsify_MakesHolesOfStoredZeros_AndTheDiskReadsAsBefore()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", (700 * Block) + 100);
        disk.Write(0, Pattern.Bytes(10 * Block, seed: 1));
        disk.WriteBlock(600, seed: 2);
        StoredZeros.Plant(test.Pool, "disk", 1, 2, 3, 9, 255, 256, 600, 700);

        byte[] before = disk.ReadAll();
        List<long> allocated = await disk.GetAllocatedBlocksAsync();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 256, 600, 700], allocated);

        SparsifyReport plan = await test.Pool.SparsifyAsync("disk", dryRun: true);
        Assert.Equal(new SparsifyReport(14 * Block, 8 * Block), plan);
        Assert.Equal(allocated, await disk.GetAllocatedBlocksAsync());

        Assert.Equal(plan, await test.Pool.SparsifyAsync("disk"));
        Assert.Equal([0, 4, 5, 6, 7, 8], await disk.GetAllocatedBlocksAsync());
        Assert.Equal(6 * Block, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);
        Assert.Equal(before, disk.ReadAll());
        Assert.Equal(new SparsifyReport(6 * Block, 0), await test.Pool.SparsifyAsync("disk"));

        await test.KillAsync(); // it was durable when it returned
        using IDisk again = test.Pool.OpenDisk("disk");
        Assert.Equal([0, 4, 5, 6, 7, 8], await again.GetAllocatedBlocksAsync());
        Assert.Equal(before, again.ReadAll());
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R42_Sparsify_GivesTheSpaceBack_OnceNoSnapshotHoldsIt()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 64 * Block);
        StoredZeros.Plant(test.Pool, "disk", [.. Enumerable.Range(0, 32).Select(index => (long)index)]);

        await disk.Chain.CreateAsync("s1");
        Assert.Equal(32 * Block, (await test.Pool.SparsifyAsync("disk")).HoleBytes);

        Assert.Equal(32 * Block, (await disk.Chain.GetUsageAsync("s1")).ExclusiveBytes);
        Assert.Equal(32 * Block, (await disk.Chain.DeleteAsync(["s1"])).FreedBytes);
        Assert.Equal(0, (await test.Pool.GetUsageAsync()).ReferencedBytes);
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R42_Sparsify_OfLargeBlocksWithZerosInParts_LeavesThemAlone()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("big blocks, rare checkpoints"));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4 * 65536, new BlockSize(65536));
        disk.Write(0, Pattern.Bytes(65536, seed: 1));
        disk.Write(Block, new byte[65536 - Block]); // all zeros to a reader of 4 KiB, but not in the units that can be holes

        Assert.Equal(new SparsifyReport(65536, 0), await test.Pool.SparsifyAsync("disk"));
    }

    [Fact]
    public async Task R42_Sparsify_WhatIsWrittenMeanwhileStays()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        StoredZeros.Plant(pool, "disk", 1, 2);
        await pool.CheckpointAsync(); // the blocks are read from the device now
        int reads = 0;
        device.Before = (call, _) =>
        {
            if (call == "read" && reads++ == 0)
            {
                disk.WriteBlock(1, seed: 5);
            }
        };

        SparsifyReport report = await pool.SparsifyAsync("disk");

        device.Before = static (_, _) => { };
        Assert.True(reads > 0, "Nothing was read: the write did not fall in between.");
        Assert.Equal(new SparsifyReport(2 * Block, Block), report);
        disk.AssertBlock(1, seed: 5);
        Assert.Equal([1], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R42_Sparsify_ReadsNoBlockButThoseOfZeros()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Named("segments of 1 MiB").ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", 1024 * Block);
        disk.Write(0, Pattern.Bytes(1000 * Block, seed: 1));
        StoredZeros.Plant(pool, "disk", 7);
        await pool.CheckpointAsync();
        int reads = 0;
        device.Before = (call, _) => reads += call == "read" ? 1 : 0;

        Assert.Equal(new SparsifyReport(1000 * Block, Block), await pool.SparsifyAsync("disk", dryRun: true));

        Assert.InRange(reads, 1, 8); // the block, and nodes of the map if they are not in memory
    }

    [Fact]
    public async Task R42_Sparsify_Cancelled_StopsAndCanGoOn()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1024 * Block);
        StoredZeros.Plant(test.Pool, "disk", 0, 128, 256, 384, 512, 640, 768, 896);

        using var cancellation = new CancellationTokenSource();
        var progress = new Reports(value =>
        {
            if (value.Done >= 512 * Block)
            {
                cancellation.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Pool.SparsifyAsync("disk", progress: progress, cancellationToken: cancellation.Token));
        Assert.Equal([640, 768, 896], await disk.GetAllocatedBlocksAsync());

        var told = new List<WorkProgress>();
        Assert.Equal(new SparsifyReport(3 * Block, 3 * Block), await test.Pool.SparsifyAsync("disk", progress: new Reports(told.Add)));
        Assert.Equal(100, told[^1].Percent);
        Assert.Equal(told.Select(each => each.Done).Order(), told.Select(each => each.Done));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R42_Sparsify_OfADiskThatIsGoneOrDeletedMeanwhile_IsATypedError(bool dryRun)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1024 * Block);
        StoredZeros.Plant(test.Pool, "disk", 1, 600);

        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Pool.SparsifyAsync("none", dryRun));
        var progress = new Reports(_ => test.Pool.DeleteDiskAsync("disk").GetAwaiter().GetResult());
        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Pool.SparsifyAsync("disk", dryRun, progress));
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R42_Sparsify_BesideSnapshotsAndRollbacks_NeedsNoTurn()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1024 * Block);
        disk.WriteBlock(600, seed: 1);
        StoredZeros.Plant(test.Pool, "disk", 700);
        await disk.Chain.CreateAsync("s1");
        disk.WriteBlock(600, seed: 2);
        StoredZeros.Plant(test.Pool, "disk", 1);
        var progress = new Reports(value =>
        {
            if (value.Done == 2 * Block)
            {
                disk.Chain.RollbackAsync("s1").GetAwaiter().GetResult();
            }
        });

        Assert.Equal(2 * Block, (await test.Pool.SparsifyAsync("disk", progress: progress)).HoleBytes);

        disk.AssertBlock(600, seed: 1);
        Assert.Equal([600], await disk.GetAllocatedBlocksAsync());
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R42_Sparsify_OfAPoolOpenForReading_OnlyCounts()
    {
        var device = new MemoryDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions()))
        {
            using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
            StoredZeros.Plant(pool, "disk", 1);
        }

        await using DiskPool reading = await DiskPool.OpenAsync(device, PoolChoice.Small.ToOptions() with { ReadOnly = true });
        Assert.Equal(new SparsifyReport(Block, Block), await reading.SparsifyAsync("disk", dryRun: true));
        await Assert.ThrowsAsync<PoolReadOnlyException>(() => reading.SparsifyAsync("disk"));
    }

    private static async Task<int> CountStoredAsync(IDisk disk)
    {
        List<long> blocks = await disk.GetAllocatedBlocksAsync();
        foreach (long block in blocks)
        {
            long at = block * disk.BlockSize.Bytes;
            byte[] bytes = disk.ReadBytes(at, (int)Math.Min(disk.BlockSize.Bytes, disk.Size - at));
            Assert.False(BlockDiffer.IsZero(bytes), $"Block {block} of {disk.Name} is stored, and all zeros.");
        }

        return blocks.Count;
    }
}
