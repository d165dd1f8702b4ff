using BlockSnap.Format;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>
/// Damage stays local (P6): reading names it, everything else goes on, upkeep leaves it alone, and no count that is in doubt frees a block.
/// </summary>
public sealed class LocalDamageTests
{
    [Fact]
    public async Task DamagedCounts_NothingIsFreedByThem_AndThePoolGoesOn()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        foreach (string file in sample.DataFiles.ToList())
        {
            PoolSurgeon.EditSegment(sample.Medium, file, static row => row with { CountsChecksum = row.CountsChecksum ^ 2 }, static _ => { });
        }

        using DiskPool pool = sample.Open();
        foreach (Snapshot snapshot in pool.ListSnapshots().Snapshots)
        {
            Assert.Equal(0, (await pool.PreviewDeleteAsync([snapshot.Id])).FreedBytes); // what will not be freed is not promised
        }

        await OverwriteAsync(sample, pool);
        CompactionReport report = await pool.CompactAsync();
        Assert.NotEmpty(report.DamagedFiles);
        sample.AssertWhole(pool);
        CheckResult check = await pool.CheckAsync(verifyData: true);
        Assert.NotEmpty(check.Errors);
        Assert.All(check.Errors, error => Assert.Equal("counts-corrupted", error.Code));
    }

    /// <summary>
    /// Changes of damaged counts are not kept. Should the device read the old counts later after all, they are out of date by then, and must not be
    /// believed.
    /// </summary>
    [Fact]
    public async Task DamagedCounts_ThatReadWellLater_AreNotBelieved()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        byte[] good = [.. sample.Bytes("counts")];
        sample.Medium.Edit("counts", static bytes => [.. bytes.Select(static b => (byte)(b ^ 0x55))]);
        using (DiskPool pool = sample.Open())
        {
            await OverwriteAsync(sample, pool);
        }

        // Puts the old counts back where they were damaged; what was written since stays.
        byte[] now = sample.Bytes("counts");
        sample.Medium.Edit("counts", _ => [.. now.Select((b, i) => i < good.Length && b == (byte)(good[i] ^ 0x55) ? good[i] : b)]);
        using DiskPool again = sample.Open();
        CheckResult check = await again.CheckAsync(verifyData: true);
        Assert.Contains(check.Errors, static error => error.Code == "counts-corrupted");
        Assert.DoesNotContain(check.Errors, static error => error.Code == "count-wrong");
        await again.OpenChain("a").DeleteAsync(["s2"]);
        await again.CompactAsync();
        sample.Forget("a@s2");
        sample.AssertWhole(again);
    }

    /// <summary>Each file in turn: those that compaction would move are named and stay, the rest is moved and nothing more is lost.</summary>
    [Theory]
    [InlineData("file missing")]
    [InlineData("container missing")]
    [InlineData("container index")]
    [InlineData("block")]
    [InlineData("head")]
    public async Task DamagedFile_IsLeftAloneByCompaction_AndTheRestIsMoved(string damage)
    {
        int named = 0;
        foreach (string file in Candidates(await DamageSample.MakeAsync(), damage))
        {
            DamageSample sample = await DamageSample.MakeAsync();
            Plant(sample, damage, file);
            using DiskPool pool = sample.Open();
            Dictionary<string, List<int>> before = sample.ReadAll(pool);
            await OverwriteAsync(sample, pool);
            CompactionReport report = await pool.CompactAsync();
            Assert.All(report.DamagedFiles, name => Assert.Equal(file, name));
            named += report.DamagedFiles.Count;
            Assert.All(sample.ReadAll(pool), state => Assert.Subset(before[state.Key].ToHashSet(), state.Value.ToHashSet()));
            await pool.CheckpointAsync();
        }

        Assert.True(named > 0, "No damaged file would have been moved: the test shows nothing.");
    }

    /// <summary>The same while writes go on: upkeep meets the damage, and the pool is not faulted by it.</summary>
    [Theory]
    [InlineData("container missing")]
    [InlineData("container index")]
    [InlineData("block")]
    public async Task DamagedFile_DoesNotEndUpkeep(string damage)
    {
        foreach (string file in Candidates(await DamageSample.MakeAsync(), damage))
        {
            DamageSample sample = await DamageSample.MakeAsync();
            Plant(sample, damage, file);
            using DiskPool pool = sample.Open();
            IDisk disk = pool.OpenDisk("c");
            for (int round = 0; round < 40; round++)
            {
                for (int index = 64; index < DamageSample.Blocks; index++)
                {
                    disk.WriteBlock(index, (round * 1000) + index);
                }

                await disk.FlushAsync();
            }

            await pool.CheckpointAsync();
            disk.AssertBlock(70, 39_070);
        }
    }

    // The files to which a kind of damage can be done.
    private static List<string> Candidates(DamageSample sample, string damage) => damage.StartsWith("container", StringComparison.Ordinal)
        ? [.. sample.Containers]
        : [.. sample.DataFiles.Where(name => HoldsOnlyDisks(PoolSurgeon.Records(sample.Medium, name)))];

    private static bool HoldsOnlyDisks(List<(LogRecord Record, int Offset)> records) => records.Exists(IsData) && !records.Exists(IsCatalog);

    private static void Plant(DamageSample sample, string damage, string file)
    {
        switch (damage)
        {
            case "file missing" or "container missing":
                sample.Medium.Delete(file);
                break;
            case "container index":
                PoolSurgeon.Flip(sample.Medium, file, ContainerHeader.Bytes + 3);
                break;
            case "block":
                foreach ((_, int offset) in PoolSurgeon.Records(sample.Medium, file).Where(IsData))
                {
                    PoolSurgeon.Flip(sample.Medium, file, offset + 11);
                }

                break;
            default:
                PoolSurgeon.Flip(sample.Medium, file, SegmentHeader.Bytes + 20);
                break;
        }
    }

    private static bool IsCatalog((LogRecord Record, int Offset) found) => found.Record.Disk == 0;

    private static bool IsData((LogRecord Record, int Offset) found) => found.Record is { Kind: RecordKind.Data, Disk: > 0 };

    // Makes much of what is there dead, here and there.
    private static async Task OverwriteAsync(DamageSample sample, DiskPool pool)
    {
        IDisk disk = pool.OpenDisk("a");
        long[] seeds = sample.SeedsOf("a");
        for (int index = 20; index < DamageSample.Blocks; index++)
        {
            if (index % 7 != 0)
            {
                DamageSample.Write(disk, seeds, index, 1, 500_000);
            }
        }

        await pool.OpenChain("a").DeleteAsync(["s1"], force: true);
        sample.Forget("a@s1");
        await pool.CheckpointAsync();
    }
}
