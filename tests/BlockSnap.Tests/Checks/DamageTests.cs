using System.Buffers.Binary;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>Damage planted into the files of a pool: each kind is found and named, and nothing wrong is ever read (P2, P6).</summary>
public sealed class DamageTests
{
    private const int Blocks = 60;

    // The first data file: full, sealed, with data blocks of disk "a" only.
    private const string FirstFile = "data-00000000";

    [Fact]
    public async Task FlippedByteInADataBlock_IsFoundByCheckAndByReading()
    {
        CrashableDevice medium = await MakeAsync();
        (LogRecord record, int offset) = PoolSurgeon.Records(medium, FirstFile).Last(r => r.Record.Kind == RecordKind.Data && r.Record.Disk == 1);
        PoolSurgeon.Flip(medium, FirstFile, offset + 100);
        using DiskPool pool = CrashChoice.Open(medium);
        IDisk disk = pool.OpenDisk("a");
        var error = Assert.Throws<BlockCorruptedException>(() => disk.ReadBytes(record.Index * 4096, 4096));
        Assert.Equal("a", error.DiskName);
        AssertOthers(disk, record.Index);
        await AssertFindsAsync(pool, "block-corrupted");
    }

    [Fact]
    public async Task FlippedByteInAMapNode_IsFoundByCheckAndByReading()
    {
        CrashableDevice medium = await MakeAsync();
        Damage(medium, record => record is { Kind: RecordKind.Node, Disk: 1 });
        using DiskPool pool = CrashChoice.Open(medium);
        Assert.Throws<BlockCorruptedException>(() => pool.OpenDisk("a").ReadBytes(0, 4096));
        await AssertFindsAsync(pool, "node-corrupted");
    }

    [Fact]
    public async Task WrongCount_IsFound()
    {
        CrashableDevice medium = await MakeAsync();
        PoolSurgeon.EditSegment(medium, FirstFile, static row => row, static counts => counts[counts.IndexOfAnyExcept(0u)]++);
        using DiskPool pool = CrashChoice.Open(medium);
        await AssertFindsAsync(pool, "count-wrong");
    }

    [Fact]
    public async Task WrongLiveBytes_AreFound()
    {
        CrashableDevice medium = await MakeAsync();
        PoolSurgeon.EditSegment(medium, FirstFile, static row => row with { LiveBytes = row.LiveBytes - 4096 }, static _ => { });
        using DiskPool pool = CrashChoice.Open(medium);
        await AssertFindsAsync(pool, "live-bytes-wrong");
    }

    [Fact]
    public async Task DamagedCounts_AreFound()
    {
        CrashableDevice medium = await MakeAsync();
        PoolSurgeon.EditSegment(medium, FirstFile, static row => row with { CountsChecksum = row.CountsChecksum ^ 1 }, static _ => { });
        using DiskPool pool = CrashChoice.Open(medium);
        await AssertFindsAsync(pool, "counts-corrupted");
    }

    [Fact]
    public async Task MissingDataFile_IsNamedAndTheRestIsReadable()
    {
        CrashableDevice medium = await MakeAsync();
        IEnumerable<LogRecord> records = PoolSurgeon.Records(medium, FirstFile).Select(found => found.Record);
        long[] lost = [.. records.Where(record => record is { Kind: RecordKind.Data, Disk: 1 }).Select(record => record.Index)];
        medium.Delete(FirstFile);
        using DiskPool pool = CrashChoice.Open(medium);
        IDisk disk = pool.OpenDisk("a");
        var error = Assert.Throws<BlockCorruptedException>(() => disk.ReadBytes(lost[0] * 4096, 4096));
        Assert.Contains(FirstFile, error.Message, StringComparison.Ordinal);
        Assert.Equal(("a", lost[0] * 4096, 4096), (error.DiskName, error.OffsetBytes, error.LengthBytes));
        AssertOthers(disk, lost);
        await AssertFindsAsync(pool, "block-missing");
    }

    [Fact]
    public async Task TablePageDamagedInBothPlaces_IsATypedError()
    {
        CrashableDevice medium = await MakeAsync();
        medium.Edit("segments", static bytes => [.. bytes.Select(static b => (byte)(b ^ 1))]);
        Assert.Contains("segments", Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllSuperblocksDamaged_IsATypedError()
    {
        CrashableDevice medium = await MakeAsync();
        foreach (string name in (string[])["superblock", "superblock-copy"])
        {
            PoolSurgeon.Flip(medium, name, 100);
            PoolSurgeon.Flip(medium, name, 100 + Superblock.SlotBytes);
        }

        Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium));
    }

    [Fact]
    public async Task OlderSuperblockDamaged_OpensWithEverything()
    {
        CrashableDevice medium = await MakeAsync();
        long newest = CheckpointFiles.ReadSuperblock(medium).Sequence;
        PoolSurgeon.Flip(medium, "superblock", 100 + ((int)((newest + 1) & 1) * Superblock.SlotBytes));
        using DiskPool pool = CrashChoice.Open(medium);
        AssertOthers(pool.OpenDisk("a"));
        await pool.AssertSoundAsync();
    }

    /// <summary>
    /// The newest superblock is damaged in both files: the older one with the log behind it may still lead to everything. Where it does not, that is
    /// an error, never a silent loss.
    /// </summary>
    [Fact]
    public async Task NewestSuperblockDamagedInBothFiles_OpensWithEverythingOrIsATypedError()
    {
        int opened = 0;
        int refused = 0;
        for (int seed = 1; seed <= 60; seed++)
        {
            var medium = new CrashableDevice();
            var workload = new CrashWorkload(seed);
            var run = new CrashRun();
            DiskPool pool = CrashChoice.Create(medium, 64, time: workload.Time);
            foreach (CrashOperation operation in CrashWorkload.Disks())
            {
                run.Do(pool, operation);
            }

            for (int i = 0; i < 40 + seed; i++)
            {
                run.Do(pool, workload.Next(run.Model));
            }

            await pool.FlushAsync();
            if (seed % 2 == 0)
            {
                run.Close(pool);
            }
            else
            {
                pool.Abandon();
            }

            medium = medium.CrashState(CrashMode.Everything);
            long newest = CheckpointFiles.ReadSuperblock(medium).Sequence;
            PoolSurgeon.Flip(medium, "superblock", 100 + ((int)(newest & 1) * Superblock.SlotBytes));
            PoolSurgeon.Flip(medium, "superblock-copy", 100 + ((int)(newest & 1) * Superblock.SlotBytes));
            pool = null!;
            try
            {
                pool = CrashChoice.Open(medium, 64);
                string digest = PoolDigest.Of(pool);
                Assert.True(run.Find(digest) >= 0, $"seed {seed}: {run.Explain(digest)}");
                opened++;
            }
            catch (BlockSnapException)
            {
                refused++;
            }
            finally
            {
                pool?.Abandon();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{opened} opened with everything, {refused} refused");
    }

    [Fact]
    public async Task ForeignFiles_AreLeftAlone()
    {
        var medium = new CrashableDevice();
        medium.Open("notes.txt", DeviceFileMode.CreateNew).Dispose();
        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.CreateAsync(medium, CrashChoice.Options()));
        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.OpenOrCreateAsync(medium, CrashChoice.Options()));
        await Assert.ThrowsAsync<PoolNotFoundException>(() => DiskPool.OpenAsync(medium, CrashChoice.Options()));
        Assert.Equal(["notes.txt"], medium.List());
    }

    [Fact]
    public async Task PoolThatExists_IsNotCreatedOver()
    {
        CrashableDevice medium = await MakeAsync();
        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.CreateAsync(medium, CrashChoice.Options()));
        using DiskPool pool = CrashChoice.Open(medium);
        AssertOthers(pool.OpenDisk("a"));
    }

    [Fact]
    public async Task NewerVersion_IsRefusedWithBothNumbers()
    {
        CrashableDevice medium = await MakeAsync();
        PoolSurgeon.EditSuperblocks(medium, static page => BinaryPrimitives.WriteInt32LittleEndian(page[8..], FormatVersion.Current + 1));
        var error = Assert.Throws<UnsupportedFormatException>(() => CrashChoice.Open(medium));
        Assert.Contains($"{FormatVersion.Current + 1}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{FormatVersion.Current}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoolOpenElsewhere_IsRefused()
    {
        CrashableDevice medium = await MakeAsync();
        using DiskPool pool = CrashChoice.Open(medium);
        Assert.Throws<PoolInUseException>(() => CrashChoice.Open(medium));
        AssertOthers(pool.OpenDisk("a"));
    }

    // Every byte of every file of a small pool, a bit flipped: opening and reading give what was written or a typed error.
    [Fact]
    public async Task FlippedBitAnywhere_GivesTheRightBytesOrATypedError()
    {
        CrashableDevice medium = await MakeAsync(blocks: 20);
        int flips = 0;
        int errors = 0;
        var random = new Random(5);
        foreach (string name in medium.List())
        {
            int length = 0;
            medium.Edit(name, bytes =>
            {
                length = bytes.Length;
                return bytes;
            });
            for (int at = random.Next(1, 200); at < length; at += random.Next(1, name.StartsWith("data", StringComparison.Ordinal) ? 400 : 200))
            {
                CrashableDevice damaged = medium.CrashState(CrashMode.Everything);
                PoolSurgeon.Flip(damaged, name, at);
                flips++;
                try
                {
                    using DiskPool pool = CrashChoice.Open(damaged);
                    IDisk disk = pool.OpenDisk("a");
                    for (int index = 0; index < 20; index++)
                    {
                        try
                        {
                            disk.AssertBlock(index, index);
                        }
                        catch (BlockSnapException)
                        {
                            errors++;
                        }
                    }
                }
                catch (BlockSnapException)
                {
                    errors++;
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{flips} flips, {errors} typed errors, wrong data 0");
    }

    // A pool with one disk whose blocks hold their own numbers, a snapshot, and a clean end.
    private static async Task<CrashableDevice> MakeAsync(int blocks = Blocks)
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int index = 0; index < blocks; index++)
        {
            disk.WriteBlock(index, index);
        }

        await disk.Chain.CreateAsync("s1");
        pool.Dispose();
        return medium.CrashState(CrashMode.Everything);
    }

    private static void AssertOthers(IDisk disk, params long[] except)
    {
        for (int index = 0; index < Blocks; index++)
        {
            if (!except.Contains(index))
            {
                disk.AssertBlock(index, index);
            }
        }
    }

    private static async Task AssertFindsAsync(DiskPool pool, string code)
    {
        CheckResult result = await pool.CheckAsync(verifyData: true);
        Assert.False(result.Ok);
        Assert.All(result.Errors, error => Assert.Equal(code, error.Code));
    }

    private static void Damage(CrashableDevice medium, Func<LogRecord, bool> which)
    {
        foreach (string file in medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
        {
            foreach ((LogRecord record, int offset) in PoolSurgeon.Records(medium, file))
            {
                if (which(record))
                {
                    PoolSurgeon.Flip(medium, file, offset + 5);
                }
            }
        }
    }
}
