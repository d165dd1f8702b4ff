using System.Buffers.Binary;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>
/// What one look at the superblock decides: whether this build may read the pool, and which state is the newest. A pool never opens in an
/// older state because a superblock was destroyed, lost or put back (F13).
/// </summary>
public sealed class SuperblockDamageTests
{
    private const string Disk = "a";

    public static TheoryData<string> Files => [CheckpointFiles.SuperblockName, CheckpointFiles.SuperblockCopyName];

    [Fact]
    public void Open_UnknownRequiredFeature_IsRefusedWithBothMasks()
    {
        CrashableDevice medium = Make(stops: 1);
        PoolSurgeon.EditSuperblocks(medium, static page => BinaryPrimitives.WriteUInt32LittleEndian(page[116..], 0x8001));
        var error = Assert.Throws<UnsupportedFormatException>(() => CrashChoice.Open(medium));
        Assert.Equal(("required features", 0x8001, FormatVersion.RequiredFeatures), (error.Fact, error.FoundVersion, (uint)error.SupportedVersion));
        Assert.Contains("0x8001", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UnknownOptionalFeature_IsPassedOverAndDropped()
    {
        CrashableDevice medium = Make(stops: 1);
        PoolSurgeon.EditSuperblocks(medium, static page => BinaryPrimitives.WriteUInt32LittleEndian(page[120..], 0x8001));
        AssertHolds(medium, 1);
        WriteMore(medium, 2);
        AssertHolds(medium, 2);
        medium.Edit(CheckpointFiles.SuperblockName, static bytes =>
        {
            uint first = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(120));
            uint second = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4096 + 120));
            Assert.Contains(0U, (uint[])[first, second]);
            return bytes;
        });
    }

    [Fact]
    public void Open_UnknownChecksumAlgorithm_IsRefusedAsSuch()
    {
        CrashableDevice medium = Make(stops: 1);
        PoolSurgeon.EditSuperblocks(medium, static page => page[12] = 9);
        var error = Assert.Throws<UnsupportedFormatException>(() => CrashChoice.Open(medium));
        Assert.Equal(("checksum algorithm", 9L), (error.Fact, error.FoundVersion));
    }

    [Fact]
    public void ByteOrder_OfABigEndianMachine_IsRefused()
    {
        Assert.Throws<PlatformNotSupportedException>(() => ByteOrder.ThrowIfUnsupported(isLittleEndian: false));
        ByteOrder.ThrowIfUnsupported(isLittleEndian: true);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_NewestSlotOfOneFileDamaged_LosesNothingAndIsWrittenAgain(string file)
    {
        CrashableDevice medium = Make(stops: 3);
        byte[] whole = Bytes(medium, file);
        long newest = CheckpointFiles.ReadSuperblock(medium).Sequence;
        PoolSurgeon.Flip(medium, file, 100 + ((int)(newest & 1) * Superblock.SlotBytes));
        CrashChoice.Open(medium).Dispose();
        Assert.Equal(whole, Bytes(medium, file));
        AssertHolds(medium, 3);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_OneFileMissing_LosesNothingAndIsWrittenAgain(string file)
    {
        CrashableDevice medium = Make(stops: 3);
        medium.Delete(file);
        CrashChoice.Open(medium).Dispose();
        CrashableDevice crashed = medium.CrashState(CrashMode.Nothing);
        crashed.Delete(file == CheckpointFiles.SuperblockName ? CheckpointFiles.SuperblockCopyName : CheckpointFiles.SuperblockName);
        AssertHolds(crashed, 3);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_OlderCopyOfOneFilePutBack_LosesNothing(string file)
    {
        CrashableDevice medium = Make(stops: 1);
        byte[] older = Bytes(medium, file);
        WriteMore(medium, 2);
        WriteMore(medium, 3);
        medium.Edit(file, _ => older);
        AssertHolds(medium, 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Open_OlderCleanSuperblockPutBackInBothFiles_IsRefused(int laterStops)
    {
        CrashableDevice medium = Make(stops: 1);
        byte[] older = Bytes(medium, CheckpointFiles.SuperblockName);
        for (int stop = 0; stop < laterStops; stop++)
        {
            WriteMore(medium, 2 + stop);
        }

        medium.Edit(CheckpointFiles.SuperblockName, _ => older);
        medium.Edit(CheckpointFiles.SuperblockCopyName, _ => older);
        var error = Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium));
        Assert.Equal(CheckpointFiles.SuperblockName, error.Structure);
    }

    [Fact]
    public async Task Open_SuperblockOfTheEmptyPoolPutBackInBothFiles_IsRefused()
    {
        var medium = new CrashableDevice();
        CrashChoice.Create(medium).Dispose();
        byte[] empty = Bytes(medium, CheckpointFiles.SuperblockName);
        DiskPool pool = CrashChoice.Open(medium);
        (await pool.CreateDiskAsync(Disk, 1 << 20)).Dispose();
        pool.Abandon();
        medium = medium.CrashState(CrashMode.Everything);
        medium.Edit(CheckpointFiles.SuperblockName, _ => empty);
        medium.Edit(CheckpointFiles.SuperblockCopyName, _ => empty);
        Assert.Equal(CheckpointFiles.SuperblockName, Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium)).Structure);
    }

    // The segment that held the first batch behind the older superblock was given free since: nothing leads on from there.
    [Fact]
    public async Task Open_OlderUncleanSuperblockPutBackInBothFiles_IsRefused()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB: 64);
        IDisk disk = await pool.CreateDiskAsync(Disk, 1 << 20);
        byte[] older = [];
        for (int index = 0; index < 200; index++)
        {
            disk.WriteBlock(index % 10, index);
            if (index % 20 == 0)
            {
                await pool.CheckpointAsync();
            }

            older = index == 25 ? Bytes(medium, CheckpointFiles.SuperblockName) : older;
        }

        pool.Dispose();
        medium = medium.CrashState(CrashMode.Everything);
        medium.Edit(CheckpointFiles.SuperblockName, _ => older);
        medium.Edit(CheckpointFiles.SuperblockCopyName, _ => older);
        Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_SuperblockOfAnotherPool_IsRefused(string file)
    {
        CrashableDevice medium = Make(stops: 1);
        byte[] foreign = Bytes(Make(stops: 4), file);
        medium.Edit(file, _ => foreign);
        Assert.Contains("another pool", Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Check_OneFileDamagedWhileOpen_IsReported(string file)
    {
        CrashableDevice medium = Make(stops: 1);
        using DiskPool pool = CrashChoice.Open(medium);
        await pool.AssertSoundAsync();
        PoolSurgeon.Flip(medium, file, 200);
        PoolSurgeon.Flip(medium, file, 200 + Superblock.SlotBytes);
        CheckResult result = await pool.CheckAsync();
        Assert.Equal("superblock-damaged", Assert.Single(result.Errors).Code);
        Assert.Contains(file, result.Errors[0].Message, StringComparison.Ordinal);
    }

    // Each of the two files alone must carry the pool through a power cut: a copy that only a clean close writes would be none.
    [Theory]
    [MemberData(nameof(Files))]
    public void Close_ThenPowerCutAndOneFileLost_LosesNothing(string lost)
    {
        CrashableDevice medium = Make(stops: 2).CrashState(CrashMode.Nothing);
        WriteMore(medium, 3);
        CrashableDevice cut = medium.CrashState(CrashMode.Nothing);
        cut.Delete(lost);
        AssertHolds(cut, 3);
    }

    // Granules of 512 bytes: heads begin at any sector, and the witness of a durable batch must be found there too.
    [Fact]
    public async Task Open_DurableBatchDamagedInASegmentOfSmallGranules_IsRefused()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB: 1024);
        IDisk disk = await pool.CreateDiskAsync(Disk, 1 << 20, new BlockSize(512));
        await pool.CheckpointAsync();
        for (int index = 0; index < 4; index++)
        {
            disk.WriteBlock(index, 7 + index);
            await pool.FlushAsync();
        }

        pool.Abandon();
        medium = medium.CrashState(CrashMode.Everything);
        Superblock superblock = CheckpointFiles.ReadSuperblock(medium);
        string file = SegmentFile.NameOf(superblock.ReplayFile);
        PoolSurgeon.Flip(medium, file, superblock.ReplayOffset + 100);
        Assert.Equal(file, Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium)).Structure);
    }

    // The only witnesses are later batches of a later segment: its first one was closed before anything was flushed.
    [Fact]
    public async Task Open_DurableBatchDamagedAndTheWitnessFurtherOnInALaterSegment_IsRefused()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB: 4096);
        IDisk disk = await pool.CreateDiskAsync(Disk, 1 << 20);
        await pool.CheckpointAsync();
        for (int index = 0; index < 40; index++)
        {
            disk.WriteBlock(index, 7 + index);
        }

        await pool.FlushAsync();
        disk.WriteBlock(0, 1);
        await pool.FlushAsync();
        pool.Abandon();
        medium = medium.CrashState(CrashMode.Everything);
        Superblock superblock = CheckpointFiles.ReadSuperblock(medium);
        PoolSurgeon.Flip(medium, SegmentFile.NameOf(superblock.ReplayFile), superblock.ReplayOffset + 100);
        Assert.Throws<PoolCorruptedException>(() => CrashChoice.Open(medium));
    }

    // A pool with one disk, closed so many times; before the nth time block n was written.
    private static CrashableDevice Make(int stops)
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium);
        using (IDisk disk = pool.CreateDiskAsync(Disk, 1 << 20).GetAwaiter().GetResult())
        {
            disk.WriteBlock(1, 1);
        }

        pool.Dispose();
        for (int stop = 2; stop <= stops; stop++)
        {
            WriteMore(medium, stop);
        }

        return medium;
    }

    private static void WriteMore(CrashableDevice medium, int stop)
    {
        using DiskPool pool = CrashChoice.Open(medium);
        using IDisk disk = pool.OpenDisk(Disk);
        disk.WriteBlock(stop, stop);
    }

    private static void AssertHolds(CrashableDevice medium, int stops)
    {
        using DiskPool pool = CrashChoice.Open(medium);
        using IDisk disk = pool.OpenDisk(Disk);
        for (int stop = 1; stop <= stops; stop++)
        {
            disk.AssertBlock(stop, stop);
        }

        pool.AssertSoundAsync().GetAwaiter().GetResult();
    }

    private static byte[] Bytes(CrashableDevice medium, string file)
    {
        byte[] copy = [];
        medium.Edit(file, bytes => copy = bytes);
        return [.. copy];
    }
}
