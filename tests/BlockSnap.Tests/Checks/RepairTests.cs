using BlockSnap.Format;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>A repaired pool is exact but for what its report names, the source is as before, and a dry run says the same.</summary>
public sealed class RepairTests
{
    private static readonly string[] s_metadata = ["superblock", "superblock-copy", "segments", "counts", "releases-0", "releases-1"];

    /// <summary>
    /// Each file that a checkpoint writes beside the log, each pair of them and all, of a pool that was closed or was not, is deleted or overwritten.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Repair_OfALostCheckpoint_IsExact(bool closed, bool deleted)
    {
        int repaired = 0;
        foreach (string[] files in OnesPairsAndAll())
        {
            DamageSample sample = await DamageSample.MakeAsync(closed);
            foreach (string file in files)
            {
                if (deleted)
                {
                    sample.Medium.Delete(file);
                }
                else
                {
                    sample.Medium.Edit(file, static bytes => [.. bytes.Select(static b => (byte)(b ^ 0x5A))]);
                }
            }

            (RepairReport report, CrashableDevice target) = await RepairAsync(sample);
            Assert.True(report.IsExact, $"{string.Join(" and ", files)} lost: {string.Join(", ", report.Damage)}");
            Assert.Equal((2, 2), (report.Disks, report.Snapshots));
            using DiskPool pool = CrashChoice.Open(target);
            sample.AssertWhole(pool);
            await pool.AssertSoundAsync();
            await WorkOnAsync(sample, pool);
            repaired++;
        }

        Assert.Equal(6 + 15 + 1, repaired);
    }

    private static IEnumerable<string[]> OnesPairsAndAll()
    {
        for (int i = 0; i < s_metadata.Length; i++)
        {
            yield return [s_metadata[i]];
            for (int j = i + 1; j < s_metadata.Length; j++)
            {
                yield return [s_metadata[i], s_metadata[j]];
            }
        }

        yield return s_metadata;
    }

    /// <summary>Each data file in turn: what is lost is named with exactly the ranges that cannot be read, and the rest is exact.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repair_OfALostDataFile_NamesExactlyWhatIsLost(bool alsoTheCheckpoint)
    {
        int exact = 0;
        int partial = 0;
        int refused = 0;
        foreach (string file in (await DamageSample.MakeAsync()).DataFiles.ToList())
        {
            DamageSample sample = await DamageSample.MakeAsync();
            sample.Medium.Delete(file);
            if (alsoTheCheckpoint)
            {
                sample.Medium.Delete("superblock");
                sample.Medium.Delete("superblock-copy");
                sample.Medium.Delete("counts");
            }

            RepairReport report;
            CrashableDevice target;
            try
            {
                (report, target) = await RepairAsync(sample);
            }
            catch (BlockSnapException)
            {
                refused++; // the file with the catalog
                continue;
            }

            using DiskPool pool = CrashChoice.Open(target);
            if (report.LogIsCut)
            {
                continue;
            }

            Dictionary<string, List<int>> lost = sample.ReadAll(pool);
            ScrubTests.AssertNames(lost, report.Damage);
            _ = lost.Values.Any(static blocks => blocks.Count > 0) ? partial++ : exact++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{exact} exact, {partial} with named losses, {refused} refused");
        Assert.True(partial > 0 && refused <= 2, $"{exact} exact, {partial} with named losses, {refused} refused");
    }

    [Fact]
    public async Task Repair_OfADamagedCatalogPage_TakesAnOlderCheckpointAndReplays()
    {
        int refusing = 0;
        DamageSample first = await DamageSample.MakeAsync();
        var pages = new List<(string File, int Offset)>();
        foreach (string name in first.DataFiles)
        {
            var ofCatalog = PoolSurgeon.Records(first.Medium, name).Where(static found => found.Record is { Kind: RecordKind.Data, Disk: 0 });
            pages.AddRange(ofCatalog.Select(found => (name, found.Offset)));
        }

        foreach ((string file, int offset) in pages)
        {
            DamageSample sample = await DamageSample.MakeAsync();
            PoolSurgeon.Flip(sample.Medium, file, offset + 9);
            try
            {
                sample.Open().Dispose();
                continue; // the page was replaced since: nobody reads it
            }
            catch (BlockSnapException)
            {
                refusing++;
            }

            (RepairReport report, CrashableDevice target) = await RepairAsync(sample);
            Assert.False(report.LogIsCut);
            using DiskPool pool = CrashChoice.Open(target);
            ScrubTests.AssertNames(sample.ReadAll(pool), report.Damage);
        }

        Assert.True(refusing > 0);
    }

    [Fact]
    public async Task Repair_IntoADirectoryThatIsNotEmpty_IsRefused()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        var target = new CrashableDevice();
        target.Open("notes.txt", DeviceFileMode.CreateNew).Dispose();
        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.RepairAsync(sample.Medium, target, options: CrashChoice.Options()));
        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.RepairAsync(sample.Medium, target, dryRun: true, CrashChoice.Options()));
        Assert.Equal(["notes.txt"], target.List());
    }

    [Fact]
    public async Task Repair_OfNothing_SaysSo() =>
        await Assert.ThrowsAsync<PoolCorruptedException>(
            () => DiskPool.RepairAsync(new CrashableDevice(), new CrashableDevice(), options: CrashChoice.Options()));

    // Repairs, after a dry run that must say the same; the source must not change.
    private static async Task<(RepairReport Report, CrashableDevice Target)> RepairAsync(DamageSample sample)
    {
        Dictionary<string, byte[]> before = Content(sample);
        var target = new CrashableDevice();
        RepairReport dry = await DiskPool.RepairAsync(sample.Medium, target, dryRun: true, CrashChoice.Options());
        Assert.Empty(target.List());
        RepairReport report = await DiskPool.RepairAsync(sample.Medium, target, options: CrashChoice.Options());
        Assert.Equal(dry.Damage.Select(static damage => damage.Message), report.Damage.Select(static damage => damage.Message));
        Dictionary<string, byte[]> after = Content(sample);
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before, file => Assert.True(file.Value.AsSpan().SequenceEqual(after[file.Key]), $"{file.Key} was changed."));
        return (report, target.CrashState(CrashMode.Nothing));
    }

    private static Dictionary<string, byte[]> Content(DamageSample sample) =>
        sample.Medium.List().ToDictionary(static name => name, name => (byte[])[.. sample.Bytes(name)]);

    // The repaired pool is one like any other: written, deleted from, compacted.
    private static async Task WorkOnAsync(DamageSample sample, DiskPool pool)
    {
        using IDisk disk = pool.OpenDisk("a");
        DamageSample.Write(disk, sample.SeedsOf("a"), 3, 30, 700_000);
        await pool.OpenChain("a").DeleteAsync(["s2"]);
        sample.Forget("a@s2");
        await pool.CompactAsync();
        sample.AssertWhole(pool);
        await pool.AssertSoundAsync();
    }
}
