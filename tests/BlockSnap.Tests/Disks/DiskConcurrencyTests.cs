using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>Many threads on one disk: no torn block, no lost write, and snapshots that hold a prefix of what was written.</summary>
public sealed class DiskConcurrencyTests
{
    private const int Block = 4096;
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Choices => ["defaults", "small", "small in the background"];

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task ReadersAndWriters_OfTheSameBlocks_SeeEachBlockWhole(string choice)
    {
        const int Blocks = 64;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named(choice), SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Blocks * Block);
        using var stop = new CancellationTokenSource(s_duration);
        long stamp = 0;

        Task[] writers = [.. Enumerable.Range(0, 3).Select(n => Task.Run(() =>
        {
            var random = new Random(n);
            byte[] data = new byte[4 * Block];
            while (!stop.IsCancellationRequested)
            {
                int count = random.Next(1, 5);
                for (int i = 0; i < count; i++)
                {
                    Pattern.Stamp(data.AsSpan(i * Block, Block), Interlocked.Increment(ref stamp));
                }

                disk.Write(random.Next(Blocks - count + 1) * Block, data.AsSpan(0, count * Block));
                if (random.Next(10) == 0)
                {
                    disk.Discard(random.Next(Blocks) * Block, Block);
                }
            }
        }))];
        Task[] readers = [.. Enumerable.Range(0, 2).Select(n => Task.Run(async () =>
        {
            var random = new Random(100 + n);
            byte[] data = new byte[8 * Block];
            while (!stop.IsCancellationRequested)
            {
                int first = random.Next(Blocks - 8 + 1);
                await disk.ReadAsync(first * Block, data);
                for (int i = 0; i < 8; i++)
                {
                    long read = Pattern.ReadStamp(data.AsSpan(i * Block, Block));
                    Assert.True(read >= 0 && read <= Interlocked.Read(ref stamp));
                }
            }
        }))];
        Task maintenance = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                await disk.Chain.CreateAsync($"s{i}");
                await disk.FlushAsync();
                if (i % 4 == 3)
                {
                    await disk.Chain.DeleteAsync([$"s{i - 1}", $"s{i - 3}"]);
                    await test.Pool.CompactAsync();
                }
            }
        });

        await Task.WhenAll([.. writers, .. readers, maintenance]);
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task WritersOfPartsOfTheSameBlocks_LoseNoWrite()
    {
        const int Threads = 4;
        const int Part = Block / Threads;
        const int Blocks = 16;
        const int Rounds = 100;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Blocks * Block);

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(n => Task.Run(() =>
        {
            byte[] data = new byte[Part];
            for (int round = 1; round <= Rounds; round++)
            {
                for (int block = 0; block < Blocks; block++)
                {
                    Pattern.Stamp(data, (n * 1_000_000) + round);
                    disk.Write((block * Block) + (n * Part), data);
                    Assert.Equal(data, disk.ReadBytes((block * Block) + (n * Part), Part));
                }
            }
        })));

        for (int block = 0; block < Blocks; block++)
        {
            for (int n = 0; n < Threads; n++)
            {
                Assert.Equal((n * 1_000_000) + Rounds, Pattern.ReadStamp(disk.ReadBytes((block * Block) + (n * Part), Part)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task SnapshotsTakenWhileAWriterCounts_HoldAPrefixOfTheCount(string choice)
    {
        const int Blocks = 50;
        const int SnapshotsMax = 400;
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named(choice), SnapshotQuota.Unlimited);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Blocks * Block);
        using var stop = new CancellationTokenSource();
        long acknowledged = 0;
        Task writer = Task.Run(() =>
        {
            byte[] data = new byte[Block];
            for (long number = 1; !stop.IsCancellationRequested; number++)
            {
                Pattern.Stamp(data, number);
                disk.Write(number % Blocks * Block, data);
                Volatile.Write(ref acknowledged, number);
            }
        });

        var least = new List<long>();
        long started = TimeProvider.System.GetTimestamp();
        while (least.Count < 5 || (least.Count < SnapshotsMax && TimeProvider.System.GetElapsedTime(started) < s_duration))
        {
            least.Add(Volatile.Read(ref acknowledged));
            await disk.Chain.CreateAsync($"s{least.Count}");
            await Task.Delay(1);
        }

        await stop.CancelAsync();
        await writer;
        Assert.True(least.Count > 3, $"Only {least.Count} snapshots in {s_duration}.");
        long previous = 0;
        for (int i = 0; i < least.Count; i++)
        {
            byte[] state = disk.Chain.ReadAll($"s{i + 1}");
            long[] stamps = [.. Enumerable.Range(0, Blocks).Select(block => Pattern.ReadStamp(state.AsSpan(block * Block, Block)))];
            long last = stamps.Max();
            Assert.True(last >= least[i], $"Snapshot {i + 1} ends at write {last}, and {least[i]} was acknowledged before it.");
            Assert.True(last >= previous, $"Snapshot {i + 1} ends at write {last}, the one before at {previous}.");
            for (int block = 0; block < Blocks; block++)
            {
                // Of the writes up to the last one, the newest to this block.
                long expected = last - ((last - block) % Blocks + Blocks) % Blocks;
                Assert.True(
                    stamps[block] == Math.Max(expected, 0),
                    $"Snapshot {i + 1} ends at write {last} and has {stamps[block]} where {expected} should be.");
            }

            previous = last;
        }
    }

    [Fact]
    public async Task OpenAndCloseOfHandlesAndSnapshots_BesideWriters_DisturbsNothing()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Named("small in the background"), SnapshotQuota.Unlimited);
        (await test.Pool.CreateDiskAsync("disk", 64 * Block)).Dispose();
        using var stop = new CancellationTokenSource(s_duration);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                // Each thread has sixteen blocks and names of its own.
                using IDisk disk = test.Pool.OpenDisk("disk");
                disk.WriteBlock((n * 16) + (i % 16), seed: i);
                string name = $"t{n}-{i}";
                await disk.Chain.CreateAsync(name);
                disk.WriteBlock((n * 16) + (i % 16), seed: -1 - i);
                using (IDisk view = disk.Chain.Open(name))
                {
                    await disk.Chain.DeleteAsync([name]);
                    view.AssertBlock((n * 16) + (i % 16), seed: i);
                }

                disk.AssertBlock((n * 16) + (i % 16), seed: -1 - i);
            }
        })));

        Assert.Empty(test.Pool.OpenChain("disk").Snapshots);
        await test.Pool.CompactAsync();
        await test.Pool.AssertSoundAsync();
        DiskUsage usage = await test.Pool.GetDiskUsageAsync("disk");
        Assert.Equal((0, usage.ReferencedBytes), (usage.SnapshotBytes, usage.ExclusiveBytes));
    }
}
