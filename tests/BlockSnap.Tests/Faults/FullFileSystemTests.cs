using System.Diagnostics;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>A real ext4 that runs full under a pool, filled to its last block by a stranger.</summary>
public sealed class FullFileSystemTests
{
    [Fact]
    public async Task RealFileSystem_RunsFull_DeletesAndGoesOn()
    {
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(64 << 20);
        await FillAndEmptyAsync(Path.Join(fileSystem.Path, "pool"), new DiskPoolOptions { SegmentBytes = 1 << 20, CheckpointBytes = 8 << 20 });
    }

    [Fact]
    public async Task RealFileSystem_RunsFullInTheBackground_DeletesAndGoesOn()
    {
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(96 << 20);
        await FillAndEmptyAsync(Path.Join(fileSystem.Path, "pool"), new DiskPoolOptions { SegmentBytes = 2 << 20, CheckpointBytes = 16 << 20, CacheBytes = 4 << 20 });
    }

    [Fact]
    public async Task StrangerTakesTheSpaceOfHoles_NothingIsLostAndDeletesGoOn()
    {
        const int Blocks = 10_000;
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(112 << 20);
        string path = Path.Join(fileSystem.Path, "pool");
        string stranger = Path.Join(fileSystem.Path, "stranger");
        var options = new DiskPoolOptions { SegmentBytes = 1 << 20, CheckpointBytes = 8 << 20 };
        var seeds = new long[Blocks];
        DiskPool pool = await DiskPool.CreateAsync(path, options);
        try
        {
            IDisk disk = await pool.CreateDiskAsync("a", Blocks * 4096L);
            disk.WriteBlocks(seeds, 1, every: 1);
            for (int round = 1; round <= 3; round++)
            {
                await disk.Chain.CreateAsync("doomed");
                disk.WriteBlocks(seeds, round * 100_000, every: 8);
                disk.Flush();
                long before = await TakenSpace.OfAsync(path);
                await disk.Chain.DeleteAsync(["doomed"]);
                await WaitForHolesAsync(path, before - (Blocks / 8 * 4096 / 2));
                for (int full = 1; full <= 3; full++)
                {
                    FillUp($"{stranger}{full}");
                    await disk.Chain.CreateAsync("kept");
                    long[] kept = [.. seeds];
                    Assert.Throws<PoolFullException>(() => disk.WriteBlocks(seeds, (round * 100_000) + (full * 20_000), every: 1));
                    disk.AssertBlocks(seeds);
                    await disk.Chain.RollbackAsync("kept");
                    kept.CopyTo(seeds, 0);
                    await pool.DisposeAsync();
                    pool = await DiskPool.OpenAsync(path, options);
                    disk = pool.OpenDisk("a");
                    disk.AssertBlocks(seeds);
                    await disk.Chain.DeleteAsync(["kept", disk.Chain.UndoPoint!.Name]);
                    await pool.CompactAsync();
                }

                disk.AssertBlocks(seeds);
                DeleteAll(fileSystem.Path, "stranger*");
                await pool.AssertSoundAsync();
            }
        }
        finally
        {
            await pool.DisposeAsync();
            DeleteAll(fileSystem.Path, "stranger*");
        }
    }

    private static void DeleteAll(string directory, string pattern)
    {
        foreach (string file in Directory.EnumerateFiles(directory, pattern))
        {
            File.Delete(file);
        }
    }

    private static async Task WaitForHolesAsync(string path, long taken)
    {
        var patience = Stopwatch.StartNew();
        while (await TakenSpace.OfAsync(path) > taken)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), "The space of what was deleted does not come back.");
            await Task.Delay(100);
        }
    }

    // A stranger fills the rest of the file system, so that nothing but the reserve is left.
    private static async Task FillAndEmptyAsync(string path, DiskPoolOptions options)
    {
        string stranger = Path.Join(Path.GetDirectoryName(path), "stranger");
        var random = new Random(1);
        DiskPool pool = await DiskPool.CreateAsync(path, options);
        try
        {
            IDisk disk = await pool.CreateDiskAsync("a", 1L << 30);
            disk.Write(0, Pattern.Bytes(4 << 20, seed: 1));
            await disk.Chain.CreateAsync("s1");
            for (int round = 1; round <= 3; round++)
            {
                long written = disk.FillUp(round * 100_000);
                Assert.True(written > 2_000, $"round {round}: full after {written} blocks");
                FillUp(stranger);
                await disk.Chain.CreateAsync("s2");
                for (int look = 0; look < 200; look++)
                {
                    long index = random.NextInt64(written);
                    disk.AssertBlock(index, (round * 100_000) + index);
                }

                if (round == 2)
                {
                    await pool.DisposeAsync();
                    pool = await DiskPool.OpenAsync(path, options);
                    disk = pool.OpenDisk("a");
                    disk.AssertBlock(written - 1, (round * 100_000) + written - 1);
                }

                await disk.Chain.RollbackAsync("s1");
                await disk.Chain.DeleteAsync(["s2", disk.Chain.UndoPoint!.Name]);
                await pool.CompactAsync();
                File.Delete(stranger);
                await pool.AssertSoundAsync();
            }
        }
        finally
        {
            await pool.DisposeAsync();
            File.Delete(stranger);
        }
    }

    private static void FillUp(string file)
    {
        byte[] bytes = new byte[64 << 10];
        bytes.AsSpan().Fill(1);
        using FileStream stream = new(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                stream.Write(bytes);
            }
        }
        catch (IOException)
        {
        }
    }
}
