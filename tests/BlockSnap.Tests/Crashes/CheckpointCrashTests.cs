using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>Crashes around checkpoints that once went wrong, each as small as it can be.</summary>
public sealed class CheckpointCrashTests
{
    private const int BlockBytes = 16384;

    [Fact]
    public async Task Open_ReleasesWaitingInACleanSuperblockThenWriteThenCrash_ReadsTheListOfReleases()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.WriteBlock(0, 1);
        await disk.Chain.CreateAsync("s1");
        IDisk view = disk.Chain.Open("s1"); // held while the pool closes: the checkpoint notes the reference as one to give back
        pool.Dispose();
        view.Dispose();

        pool = CrashChoice.Open(medium);
        disk = pool.OpenDisk("a");
        disk.WriteBlock(1, 2);
        disk.Flush();
        pool.Abandon();

        using DiskPool recovered = CrashChoice.Open(medium.CrashState(CrashMode.Nothing));
        recovered.OpenDisk("a").AssertBlock(1, 2);
        await recovered.AssertSoundAsync();
    }

    [Fact]
    public async Task Open_TablePageOfACheckpointThatCrashed_IsNeverTakenForALaterOne()
    {
        // More than 63 segments, so that the table has two pages. A compaction changes the first page, and the checkpoint that would
        // make it valid crashes; the one that recovery makes changes the last page only.
        const int RareKiB = 1 << 20;
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, RareKiB);
        IDisk disk = await pool.CreateDiskAsync("a", 100L << 20, new BlockSize(BlockBytes));
        for (int index = 0; index < 250; index++)
        {
            disk.WriteBlock(index, index);
        }

        disk.Discard(0, BlockBytes);
        disk.Discard(4 * BlockBytes, BlockBytes);
        disk.Discard(8 * BlockBytes, BlockBytes);
        await pool.CheckpointAsync();
        CrashableDevice? left = null;
        bool moved = false;
        medium.Before = (call, name) =>
        {
            moved |= call == DeviceCall.SetLength;
            left ??= moved && call == DeviceCall.Write && name == "superblock" ? medium.CrashState(CrashMode.Everything) : null;
        };
        await pool.CompactAsync();
        pool.Abandon();

        using (DiskPool recovered = CrashChoice.Open(left!, RareKiB))
        {
            await recovered.AssertSoundAsync();
        }

        using DiskPool again = CrashChoice.Open(left!, RareKiB);
        again.OpenDisk("a").AssertBlock(1, 1);
    }
}
