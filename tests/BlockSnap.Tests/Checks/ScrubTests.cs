using BlockSnap.Format;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>
/// A scrub reads each stored block once, whatever the number of snapshots, and names damage with exactly the ranges that reading finds lost.
/// </summary>
public sealed class ScrubTests
{
    [Fact]
    public async Task Scrub_OfASoundPool_FindsNothing_AndReadsAllThatIsStored()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        using DiskPool pool = sample.Open();
        ScrubReport report = await pool.ScrubAsync();
        Assert.True(report.Ok && report.IsComplete, string.Join(", ", report.Damage));
        Assert.Equal(LiveBytes(pool), report.BytesRead);
        Assert.Equal(0, report.Position);
    }

    /// <summary>
    /// With a hundred snapshots of unchanged data the data are read once, as with none; only the snapshots' own pages of the catalog come on top.
    /// </summary>
    [Fact]
    public async Task Scrub_ReadsDataOnce_WhateverTheNumberOfSnapshots()
    {
        long few = await ReadBytesAsync(snapshots: 1);
        long many = await ReadBytesAsync(snapshots: 100);
        Assert.InRange(many - few, 0, 100 * 512);

        static async Task<long> ReadBytesAsync(int snapshots)
        {
            var medium = new CrashableDevice();
            using DiskPool pool = CrashChoice.Create(medium);
            IDisk disk = await pool.CreateDiskAsync("a", 4 << 20);
            disk.Write(0, Pattern.Bytes(4 << 20, 7));
            for (int i = 0; i < snapshots; i++)
            {
                await disk.Chain.CreateAsync($"s{i}");
            }

            await pool.CompactAsync();
            var counter = new ReadCounter();
            medium.Before = counter.Note;
            ScrubReport report = await pool.ScrubAsync();
            medium.Before = null;
            Assert.Equal(LiveBytes(pool), report.BytesRead);
            Assert.True(counter.Reads * 16 * 1024 < report.BytesRead, $"{counter.Reads} reads for {report.BytesRead} bytes.");
            return report.BytesRead;
        }
    }

    [Theory]
    [InlineData("block")]
    [InlineData("node")]
    [InlineData("file missing")]
    [InlineData("container missing")]
    [InlineData("container index")]
    [InlineData("container block")]
    public async Task Scrub_OfPlantedDamage_NamesExactlyWhatReadingFindsLost(string damage)
    {
        int found = 0;
        foreach (string file in (await DamageSample.MakeAsync()).DataFiles.ToList())
        {
            DamageSample sample = await DamageSample.MakeAsync();
            if (!TryPlant(sample, damage, file))
            {
                continue;
            }

            using DiskPool pool = sample.Open();
            Dictionary<string, List<int>> lost = sample.ReadAll(pool);
            ScrubReport report = await pool.ScrubAsync();
            Assert.All(report.Damage, place => Assert.Equal(file, place.File));
            AssertNames(lost, report.Damage);
            found += lost.Sum(static state => state.Value.Count);
        }

        Assert.True(found > 0, "No damage lost anything: the test shows nothing.");
    }

    /// <summary>The log's own description of blocks is damaged, the blocks are not: a map proves them, and nothing is lost.</summary>
    [Fact]
    public async Task Scrub_OfADamagedHead_SaysSo_AndLosesNothing()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        string file = sample.DataFiles.First(name => PoolSurgeon.Records(sample.Medium, name).Exists(IsData));
        PoolSurgeon.Flip(sample.Medium, file, SegmentHeader.Bytes + 20);
        using DiskPool pool = sample.Open();
        PoolDamage damage = Assert.Single((await pool.ScrubAsync()).Damage);
        Assert.Equal(("records-corrupted", file), (damage.Code, damage.File));
        Assert.Empty(damage.Ranges);
        sample.AssertWhole(pool);
    }

    /// <summary>The page that says which segment a file holds: nothing is lost, but a repair may need it.</summary>
    [Fact]
    public async Task Scrub_OfADamagedSegmentHeader_SaysSo_AndLosesNothing()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        string file = sample.DataFiles.Except(sample.Containers).First(name => PoolSurgeon.Records(sample.Medium, name).Exists(IsData));
        PoolSurgeon.Flip(sample.Medium, file, 20);
        using DiskPool pool = sample.Open();
        PoolDamage damage = Assert.Single((await pool.ScrubAsync()).Damage);
        Assert.Equal(("header-corrupted", file), (damage.Code, damage.File));
        Assert.Empty(damage.Ranges);
        sample.AssertWhole(pool);
    }

    /// <summary>A name may be that of a snapshot and of a deleted one: the kind of state tells them apart.</summary>
    [Fact]
    public async Task Scrub_OfABlockThatEveryKindOfStateUses_NamesEachOfThem()
    {
        var medium = new CrashableDevice();
        using DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 8 * DamageSample.BlockBytes);
        disk.WriteBlock(3, 1);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.DeleteAsync(["s1"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(7) });
        disk.WriteBlock(0, 2);
        await disk.Chain.CreateAsync("s1");
        await disk.Chain.RollbackAsync("s1");
        await pool.CheckpointAsync();
        foreach (string file in medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
        {
            foreach ((LogRecord record, int offset) in PoolSurgeon.Records(medium, file).Where(found => IsData(found) && found.Record.Index == 3))
            {
                PoolSurgeon.Flip(medium, file, offset + 100);
            }
        }

        PoolDamage damage = Assert.Single((await pool.ScrubAsync()).Damage);

        Assert.Equal(
            [
                ("a", null, DamagedState.Disk),
                ("a", "s1", DamagedState.Snapshot),
                ("a", "s1", DamagedState.Trash),
                ("a", disk.Chain.UndoPoint!.Name, DamagedState.UndoPoint),
            ],
            damage.Ranges.Select(static range => (range.Disk, range.Snapshot, range.State)).OrderBy(static each => each.State));
        const long BlockBytes = DamageSample.BlockBytes;
        Assert.All(damage.Ranges, static range => Assert.Equal((3 * BlockBytes, BlockBytes), (range.Offset, range.Length)));
    }

    [Fact]
    public async Task Scrub_OfADamagedPageOfTheCatalog_SaysSo()
    {
        var medium = new CrashableDevice();
        using DiskPool pool = CrashChoice.Create(medium);
        await pool.CreateDiskAsync("a", 1 << 20);
        await pool.CheckpointAsync();
        foreach (string file in medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
        {
            foreach ((_, int offset) in PoolSurgeon.Records(medium, file).Where(static found => found.Record is { Kind: RecordKind.Data, Disk: 0 }))
            {
                PoolSurgeon.Flip(medium, file, offset + 8);
            }
        }

        Assert.Equal("catalog-corrupted", Assert.Single((await pool.ScrubAsync()).Damage).Code);
    }

    [Fact]
    public async Task Scrub_InSlicesAcrossReopening_ReadsEachBlockOnce_AndFindsTheSame()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        string file = sample.Containers.First();
        Assert.True(TryPlant(sample, "container block", file));
        List<PoolDamage> whole;
        long bytes;
        using (DiskPool pool = sample.Open())
        {
            ScrubReport report = await pool.ScrubAsync();
            (whole, bytes) = ([.. report.Damage], report.BytesRead);
        }

        var slices = new List<PoolDamage>();
        long position = 0;
        int count = 0;
        do
        {
            using DiskPool pool = sample.Open();
            ScrubReport slice = await pool.ScrubAsync(new ScrubOptions { StartAt = position, BytesMax = 1 });
            Assert.True(slice.IsComplete || slice.Position > position);
            position = slice.Position;
            bytes -= slice.BytesRead;
            slices.AddRange(slice.Damage);
            count++;
        }
        while (position != 0);

        Assert.True(count > 3);
        Assert.Equal(0, bytes);
        Assert.Equal(whole.Select(static damage => damage.Message), slices.Select(static damage => damage.Message));
    }

    [Fact]
    public async Task Scrub_Cancelled_CanGoOnAtTheProgressedPosition()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        using DiskPool pool = sample.Open();
        using var stop = new CancellationTokenSource();
        var progress = new ProgressLog(value => { if (value.DoneBytes * 2 > value.TotalBytes) { stop.Cancel(); } });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.ScrubAsync(null, progress, stop.Token));
        ScrubProgress last = progress.Values[^1];
        Assert.InRange(last.DoneBytes, 1, last.TotalBytes - 1);
        ScrubReport rest = await pool.ScrubAsync(new ScrubOptions { StartAt = last.Position });
        Assert.True(rest.IsComplete);
        Assert.InRange(rest.BytesRead, last.TotalBytes - last.DoneBytes, last.TotalBytes - 1);
    }

    [Fact]
    public async Task Scrub_WithARate_WaitsByThePoolsClock()
    {
        var time = new ManualTime();
        var medium = new CrashableDevice();
        var options = new DiskPoolOptions { SegmentBytes = 64 << 10, BackgroundWork = false, TimeProvider = time };
        using DiskPool pool = await DiskPool.CreateAsync(medium, options);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.Write(0, Pattern.Bytes(1 << 20, 7));
        DateTimeOffset start = time.GetUtcNow();
        Task<ScrubReport> scrub = pool.ScrubAsync(new ScrubOptions { BytesPerSecond = 128 << 10 });
        while (!scrub.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Yield();
        }

        double seconds = (await scrub).BytesRead / (128.0 * 1024);
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromSeconds(seconds - 0.1), $"{seconds} s of reading took {time.GetUtcNow() - start}.");
    }

    /// <summary>Writers, compaction and deletes go on beside it: nothing sound is called damaged, nothing is disturbed.</summary>
    [Fact]
    public async Task Scrub_BesideWritersAndCompaction_FindsNothingAndDisturbsNothing()
    {
        var medium = new CrashableDevice();
        var options = new DiskPoolOptions
        {
            SegmentBytes = 64 << 10,
            CacheBytes = 1 << 20,
            CheckpointBytes = 256 << 10,
            SnapshotQuota = SnapshotQuota.Unlimited,
        };
        await using DiskPool pool = await DiskPool.CreateAsync(medium, options);
        IDisk disk = await pool.CreateDiskAsync("a", 2 << 20);
        using var stop = new CancellationTokenSource();
        Task writer = Task.Run(async () =>
        {
            for (int round = 1; !stop.IsCancellationRequested; round++)
            {
                for (int index = 0; index < 512; index += 1 + (round % 3))
                {
                    disk.WriteBlock(index, (round * 1000) + index);
                }

                await disk.Chain.CreateAsync($"s{round}");
                if (round > 3)
                {
                    await disk.Chain.DeleteAsync([$"s{round - 3}"]);
                }

                await pool.CompactAsync();
            }
        });
        try
        {
            for (int i = 0; i < 20; i++)
            {
                ScrubReport report = await pool.ScrubAsync();
                Assert.True(report.Ok, string.Join(", ", report.Damage));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }

        await pool.AssertSoundAsync();
    }

    [Theory]
    [InlineData("block")]
    [InlineData("node")]
    [InlineData("container index")]
    public async Task Salvage_WritesZerosForWhatIsLost_AndListsIt(string damage)
    {
        int lostBlocks = 0;
        foreach (string file in (await DamageSample.MakeAsync()).DataFiles.ToList())
        {
            DamageSample sample = await DamageSample.MakeAsync();
            if (!TryPlant(sample, damage, file))
            {
                continue;
            }

            using DiskPool pool = sample.Open();
            foreach ((string state, List<int> lost) in sample.ReadAll(pool))
            {
                using IDisk disk = DamageSample.OpenState(pool, state);
                var image = new MemoryStream();
                IReadOnlyList<ByteRange> listed = await DiskImage.SalvageAsync(disk, image);
                Assert.Equal(lost, BlocksOf(listed));
                lostBlocks += lost.Count;
                byte[] expected = new byte[DamageSample.Blocks * DamageSample.BlockBytes];
                for (int index = 0; index < DamageSample.Blocks; index++)
                {
                    if (sample.SeedsOf(state)[index] != 0 && !lost.Contains(index))
                    {
                        Pattern.Bytes(DamageSample.BlockBytes, sample.SeedsOf(state)[index]).CopyTo(expected, index * DamageSample.BlockBytes);
                    }
                }

                Assert.True(expected.AsSpan().SequenceEqual(image.ToArray()));
            }
        }

        Assert.True(lostBlocks > 0);
    }

    internal static void AssertNames(Dictionary<string, List<int>> lost, IReadOnlyList<PoolDamage> damage)
    {
        foreach ((string state, List<int> blocks) in lost)
        {
            string[] parts = state.Split('@');
            IEnumerable<int> named = damage.SelectMany(static place => place.Ranges)
                .Where(range => range.Disk == parts[0] && range.Snapshot == parts.ElementAtOrDefault(1))
                .SelectMany(static range => BlocksOf([new ByteRange(range.Offset, range.Length)]));
            Assert.Equal(blocks, named.Distinct().Order());
        }
    }

    private static List<int> BlocksOf(IEnumerable<ByteRange> ranges) => [.. ranges.SelectMany(BlocksOf)];

    private static IEnumerable<int> BlocksOf(ByteRange range) =>
        Enumerable.Range((int)(range.Offset / DamageSample.BlockBytes), (int)(range.Length / DamageSample.BlockBytes));

    private static long LiveBytes(DiskPool pool) => pool.StoredBytes;

    private static bool TryPlant(DamageSample sample, string damage, string file)
    {
        List<(LogRecord Record, int Offset)> records = PoolSurgeon.Records(sample.Medium, file);
        bool isContainer = sample.Containers.Contains(file);
        switch (damage)
        {
            case "block" when records.Exists(IsData):
                PoolSurgeon.Flip(sample.Medium, file, records.First(IsData).Offset + 100);
                return true;
            case "node" when records.Exists(IsNode):
                foreach ((_, int offset) in records.Where(IsNode))
                {
                    PoolSurgeon.Flip(sample.Medium, file, offset + 8);
                }

                return true;
            case "file missing" when records.Exists(IsData) && !records.Exists(static r => r.Record.Disk == 0):
            case "container missing" when isContainer:
                sample.Medium.Delete(file);
                return true;
            case "container index" when isContainer:
                PoolSurgeon.Flip(sample.Medium, file, ContainerHeader.Bytes + 3);
                return true;
            case "container block" when isContainer:
                PoolSurgeon.Flip(sample.Medium, file, sample.Bytes(file).Length - 20);
                return true;
            default:
                return false;
        }
    }

    private static bool IsData((LogRecord Record, int Offset) found) => found.Record is { Kind: RecordKind.Data, Disk: > 0 };

    private static bool IsNode((LogRecord Record, int Offset) found) => found.Record is { Kind: RecordKind.Node, Disk: > 0 };

    private sealed class ReadCounter
    {
        public int Reads { get; private set; }

        public void Note(DeviceCall call, string name) => Reads += call == DeviceCall.Read ? 1 : 0;
    }

    private sealed class ProgressLog(Action<ScrubProgress> then) : IProgress<ScrubProgress>
    {
        public List<ScrubProgress> Values { get; } = [];

        public void Report(ScrubProgress value)
        {
            Values.Add(value);
            then(value);
        }
    }
}
