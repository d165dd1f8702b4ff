using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R40 and R41: what things cost, and how space comes back.</summary>
public sealed class CapacityRulesTests
{
    private const int Block = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task R40_UsageEqualsABruteForceCountThroughTheApi(int seed)
    {
        await using TestPool test = await TestPool.CreateAsync();
        await MakeRandomPoolAsync(test.Pool, seed);

        // Each block written is unlike any other, so a stored block is known by its place and bytes.
        var states = new Dictionary<string, HashSet<(long, long)>>();
        foreach (DiskInfo info in test.Pool.ListDisks())
        {
            using IDisk disk = test.Pool.OpenDisk(info.Name);
            states[info.Name] = await BlocksOfAsync(disk);
            foreach (Snapshot snapshot in disk.Chain.Snapshots.Concat(disk.Chain.UndoPoints))
            {
                using IDisk view = disk.Chain.Open(snapshot.Name);
                states[view.Name] = await BlocksOfAsync(view);
            }
        }

        PoolUsage pool = await test.Pool.GetUsageAsync();
        Assert.Equal(test.Pool.ListDisks().Sum(disk => disk.Size), pool.LogicalBytes);
        long data = states.Values.SelectMany(blocks => blocks).Distinct().Count() * (long)Block;
        Assert.True(pool.ReferencedBytes >= data, $"{pool.ReferencedBytes} bytes are referenced, data alone is {data}.");
        Assert.True(pool.PhysicalBytes >= pool.ReferencedBytes, $"{pool.PhysicalBytes} bytes of files hold {pool.ReferencedBytes} bytes.");
        Assert.Equal(test.Pool.ListDisks().Select(disk => disk.Id).ToHashSet(), pool.Disks.Select(disk => disk.Id).ToHashSet());
        foreach (DiskUsage usage in pool.Disks)
        {
            ISnapshotChain chain = test.Pool.OpenChain(usage.Name);
            Assert.Equal(states[usage.Name].Count * (long)Block, usage.ReferencedBytes);
            Assert.Equal(Exclusive(states, usage.Name), usage.ExclusiveBytes);
            var earlier = new HashSet<(long, long)>();
            foreach (SnapshotUsage entry in await chain.GetUsageAsync())
            {
                string name = $"{usage.Name}@{entry.Snapshot.Name}";
                Assert.Equal(states[name].Except(earlier).Count() * (long)Block, entry.StoredBytes);
                Assert.Equal(Exclusive(states, name), entry.ExclusiveBytes);
                Assert.Equal(states[name].Count * (long)Block, entry.ExclusiveBytes + entry.SharedBytes);
                Assert.Equal(entry.ExclusiveBytes, (await chain.PreviewDeleteAsync([entry.Snapshot.Name])).FreedBytes);
                earlier.UnionWith(states[name]);
            }

            Assert.Equal(earlier.Count * (long)Block, usage.SnapshotBytes);
        }
    }

    // As many writes of the one disk as the other one had: what was counted before must not pass for the present.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task R40_WritesOfADiskWhoseCloneIsFrozenMeanwhile_AreCounted(int writes)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk first = await test.Pool.CreateDiskAsync("disk", 1 << 20))
        {
            first.WriteBlock(0, 1);
            await first.Chain.CreateAsync("s0");
            using IDisk made = await first.Chain.CloneAsync("s0", "clone");
        }

        await test.ReopenAsync(); // which states the heads were equal to is not known any more
        using IDisk disk = test.Pool.OpenDisk("disk");
        using IDisk clone = test.Pool.OpenDisk("clone");
        disk.WriteBlock(1, 2);
        await disk.Chain.CreateAsync("s1");
        clone.WriteBlock(5, 3);
        Assert.Equal(0, await ExclusiveOfAsync(disk.Chain, "s1"));
        await clone.Chain.CreateAsync("c1");
        for (int i = 0; i < writes; i++)
        {
            disk.WriteBlock(1, 4 + i);
        }

        Assert.Equal(Block, await ExclusiveOfAsync(disk.Chain, "s1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task R40_WritesOfACloneWhoseDiskIsFrozenMeanwhile_AreCounted(int writes)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 1 << 20);
        disk.WriteBlock(0, 1);
        await disk.Chain.CreateAsync("s1");
        using IDisk clone = await disk.Chain.CloneAsync("s1", "clone");
        disk.WriteBlock(0, 2);
        Assert.Equal(0, await ExclusiveOfAsync(disk.Chain, "s1"));
        await disk.Chain.CreateAsync("s2");
        for (int i = 0; i < writes; i++)
        {
            clone.WriteBlock(0, 3 + i);
        }

        Assert.Equal(Block, await ExclusiveOfAsync(disk.Chain, "s1"));
    }

    [Fact]
    public async Task R40_UsageIsTheSameAfterReopeningAndCompacting()
    {
        await using TestPool test = await TestPool.CreateAsync();
        await MakeRandomPoolAsync(test.Pool, seed: 4);
        IReadOnlyList<DiskUsage> before = (await test.Pool.GetUsageAsync()).Disks;

        await test.ReopenAsync();
        Assert.Equal(before, (await test.Pool.GetUsageAsync()).Disks);
        await test.Pool.CompactAsync();
        Assert.Equal(before, (await test.Pool.GetUsageAsync()).Disks);
        await test.KillAsync();
        Assert.Equal(before, (await test.Pool.GetUsageAsync()).Disks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task R41_DiscardAndWriteZeroesGiveSpaceBack(bool discard)
    {
        const int Bytes = 8 << 20;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("segments of 1 MiB"));
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Bytes);
        await test.Pool.CompactAsync();
        long empty = (await test.Pool.GetUsageAsync()).PhysicalBytes;
        disk.Write(0, Pattern.Bytes(Bytes, seed: 1));
        await test.Pool.CompactAsync();
        Assert.True((await test.Pool.GetUsageAsync()).PhysicalBytes - empty >= Bytes);

        if (discard)
        {
            disk.Discard(0, Bytes - Block);
        }
        else
        {
            disk.WriteZeroes(0, Bytes - Block);
        }

        Assert.Equal(Block, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);
        await test.Pool.CompactAsync();
        long left = (await test.Pool.GetUsageAsync()).PhysicalBytes - empty;
        Assert.True(left < Bytes / 2, $"One block is left and occupies {left} bytes.");
    }

    [Fact]
    public async Task R41_FullFormatThatWritesZerosCostsNothing()
    {
        const int Chunk = 1 << 20;
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 32 * Chunk);
        await test.Pool.CheckpointAsync();
        long physical = (await test.Pool.GetUsageAsync()).PhysicalBytes;
        long written = test.WrittenBytes;
        byte[] zeros = new byte[Chunk];
        for (int i = 0; i < 32; i++)
        {
            disk.Write((long)i * Chunk, zeros);
        }

        disk.WriteZeroes(0, disk.Size);
        await test.Pool.CheckpointAsync();

        Assert.Empty(await disk.GetAllocatedBlocksAsync());
        Assert.Equal(0, (await test.Pool.GetDiskUsageAsync("disk")).ReferencedBytes);
        Assert.True((await test.Pool.GetUsageAsync()).PhysicalBytes - physical < Chunk / 2);
        Assert.True(test.WrittenBytes - written < Chunk / 2, $"32 MiB of zeros wrote {test.WrittenBytes - written} bytes.");
    }

    [Fact]
    public async Task R41_UnalignedWriteOfZerosMakesHolesOfItsWholeBlocksOnly()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        byte[] expected = Pattern.Bytes(8 * Block, seed: 1);
        disk.Write(0, expected);

        disk.Write(Block - 100, new byte[100 + (3 * Block) + 200]);

        expected.AsSpan(Block - 100, 100 + (3 * Block) + 200).Clear();
        Assert.Equal(expected, disk.ReadAll());
        Assert.Equal([0, 4, 5, 6, 7], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R41_DiscardLeavesPartsOfBlocksAndWriteZeroesDoesNot()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        byte[] expected = Pattern.Bytes(8 * Block, seed: 1);
        disk.Write(0, expected);

        disk.Discard(Block - 100, 100 + Block + 200);
        expected.AsSpan(Block, Block).Clear();
        Assert.Equal(expected, disk.ReadAll());

        disk.WriteZeroes((5 * Block) - 1, Block + 2);
        expected.AsSpan((5 * Block) - 1, Block + 2).Clear();
        Assert.Equal(expected, disk.ReadAll());
        Assert.Equal([0, 2, 3, 4, 6, 7], await disk.GetAllocatedBlocksAsync());
    }

    [Fact]
    public async Task R41_DiscardOfWhatASnapshotHoldsFreesNothingUntilTheSnapshotGoes()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.Write(0, Pattern.Bytes(8 * Block, seed: 1));
        await disk.Chain.CreateAsync("s1");

        disk.Discard(0, disk.Size);

        Assert.Equal(8 * Block, (await test.Pool.GetDiskUsageAsync("disk")).SnapshotBytes);
        Assert.Equal(Pattern.Bytes(8 * Block, seed: 1), disk.Chain.ReadAll("s1"));
        Assert.Equal(8 * Block, (await disk.Chain.DeleteAsync(["s1"])).FreedBytes);
    }

    private static async Task MakeRandomPoolAsync(DiskPool pool, int seed)
    {
        const int Blocks = 60;
        var random = new Random(seed);
        long stamp = 0;
        (await pool.CreateDiskAsync("disk0", Blocks * Block)).Dispose();
        for (int i = 0; i < 120; i++)
        {
            DiskInfo[] disks = [.. pool.ListDisks()];
            using IDisk disk = pool.OpenDisk(disks[random.Next(disks.Length)].Name);
            ISnapshotChain chain = disk.Chain;
            string? some = chain.Snapshots.Count == 0 ? null : chain.Snapshots[random.Next(chain.Snapshots.Count)].Name;
            switch (random.Next(12))
            {
                case < 5:
                    for (int n = random.Next(8); n >= 0; n--)
                    {
                        disk.WriteBlock(random.Next(Blocks), seed: ++stamp);
                    }

                    break;
                case 5:
                    disk.Discard(random.Next(Blocks - 5) * Block, random.Next(5) * Block);
                    break;
                case 6 or 7:
                    await chain.CreateAsync($"s{i}");
                    break;
                case 8 when some is not null:
                    await chain.DeleteAsync([some], force: true);
                    break;
                case 9 when some is not null:
                    await chain.RollbackAsync(some);
                    break;
                case 10 when some is not null && disks.Length < 4:
                    (await chain.CloneAsync(some, $"disk{i}")).Dispose();
                    break;
                case 11 when disks.Length > 3 && disk.Chain.Snapshots.Count == 0:
                    await pool.DeleteDiskAsync(disk.Name);
                    break;
                default:
                    break;
            }
        }
    }

    private static async Task<HashSet<(long Index, long Start)>> BlocksOfAsync(IDisk disk)
        => [.. (await disk.GetAllocatedBlocksAsync()).Select(index => (index, BitConverter.ToInt64(disk.ReadBytes(index * Block, Block))))];

    private static async Task<long> ExclusiveOfAsync(ISnapshotChain chain, string name)
        => (await chain.GetUsageAsync()).Single(entry => entry.Snapshot.Name == name).ExclusiveBytes;

    private static long Exclusive(Dictionary<string, HashSet<(long, long)>> states, string name)
    {
        var others = states.Where(entry => entry.Key != name).SelectMany(entry => entry.Value).ToHashSet();
        return states[name].Count(block => !others.Contains(block)) * (long)Block;
    }
}
