using System.Runtime.InteropServices;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.RealPrograms;

/// <summary>
/// A real file system with real files in an image: imported, changed, updated, snapshotted, exported. The file system's own tools say
/// whether each state is sound and what files it has.
/// </summary>
public sealed class FileSystemTests
{
    private const int ImageBytes = 64 << 20;
    private const int SourceBytesMax = 24 << 20;

    [Theory]
    [InlineData(4096)]
    [InlineData(65_536)]
    public async Task Ext4_ImportedUpdatedAndSnapshotted_EachStateIsSoundAndHasItsFiles(int blockBytes)
    {
        OutsideProgram.SkipUnlessPresent("e2fsprogs", "mkfs.ext4", "debugfs", "e2fsck");
        using var directory = new TempDirectory();
        string image = directory["disk.img"];
        string first = MakeSourceTree(directory["first"]);
        await MakeImageAsync(image, first);

        await using TestPool test = await TestPool.CreateInDirectoryAsync(new DiskPoolOptions { SegmentBytes = 1 << 20 });
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", ImageBytes, new BlockSize(blockBytes));
        long read = await ImportAsync(image, disk);
        Assert.Equal(ImageBytes, read);
        await disk.Chain.CreateAsync("first");

        string second = await ChangeAsync(image, first, directory);
        ImageUpdate update = await UpdateAsync(image, disk);
        Assert.Equal(ImageBytes, update.ReadBytes);
        await disk.Chain.CreateAsync("second");

        IReadOnlyList<SnapshotUsage> usage = await disk.Chain.GetUsageAsync();
        Assert.True(usage[0].StoredBytes < ImageBytes / 2, $"The first snapshot stores {usage[0].StoredBytes} bytes: empty blocks cost.");
        Assert.InRange(usage[1].StoredBytes, 1, ImageBytes / 16);
        Assert.InRange(update.WrittenBytes, 1, ImageBytes / 16);
        Assert.Equal(await File.ReadAllBytesAsync(image), disk.ReadAll());

        await test.ReopenAsync();
        await AssertStateAsync(test.Pool.OpenChain("disk"), "first", first, directory);
        await AssertStateAsync(test.Pool.OpenChain("disk"), "second", second, directory);

        // Back to the first state, and the middle of the story deleted.
        using IDisk opened = test.Pool.OpenDisk("disk");
        await opened.Chain.RollbackAsync("first");
        await opened.Chain.DeleteAsync(["first"]);
        await test.Pool.CompactAsync();
        await opened.Chain.CreateAsync("back");
        await AssertStateAsync(opened.Chain, "back", first, directory);
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Ext4_UpdatedWithTheSameImage_WritesNothing()
    {
        OutsideProgram.SkipUnlessPresent("e2fsprogs", "mkfs.ext4");
        using var directory = new TempDirectory();
        string image = directory["disk.img"];
        await MakeImageAsync(image, MakeSourceTree(directory["first"]));
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", ImageBytes);
        await ImportAsync(image, disk);
        await disk.Chain.CreateAsync("first");

        ImageUpdate update = await UpdateAsync(image, disk);

        Assert.Equal(new ImageUpdate(ImageBytes, 0), update);
        await disk.Chain.CreateAsync("second");
        Assert.Equal(0, (await disk.Chain.GetUsageAsync("second")).StoredBytes);
    }

    [Fact]
    public async Task Ext4_ExportedStates_AreSparseAndADamagedOneIsNotSound()
    {
        OutsideProgram.SkipUnlessPresent("e2fsprogs", "mkfs.ext4", "e2fsck");
        using var directory = new TempDirectory();
        string image = directory["disk.img"];
        await MakeImageAsync(image, MakeSourceTree(directory["first"]));
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.Default);
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", ImageBytes);
        await ImportAsync(image, disk);
        await disk.Chain.CreateAsync("good");
        disk.Write(4096, Pattern.Bytes(64 * 4096, seed: 1)); // Over the group descriptors: the control that must fail.
        await disk.Chain.CreateAsync("bad");

        string good = await ExportAsync(disk.Chain, "good", directory);
        string bad = await ExportAsync(disk.Chain, "bad", directory);

        Assert.Equal(0, (await OutsideProgram.RunAsync("e2fsck", "-fn", good)).ExitCode);
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("e2fsck", "-fn", bad)).ExitCode);
        Assert.InRange(await TakenSpace.OfAsync(good), 1, ImageBytes / 2);
    }

    // Real files: as much of the running .NET runtime as fits, in the tree it has, and a few of awkward sizes.
    private static string MakeSourceTree(string tree)
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        long total = 0;
        foreach (string file in Directory.EnumerateFiles(runtime, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            long length = new FileInfo(file).Length;
            if (total + length > SourceBytesMax)
            {
                continue;
            }

            total += length;
            string copy = Path.Join(tree, "runtime", Path.GetRelativePath(runtime, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (int length in (int[])[0, 1, 4095, 4096, 4097, 1_000_000])
        {
            File.WriteAllBytes(Path.Join(tree, $"file-{length}"), Pattern.Bytes(length, seed: length));
        }

        Assert.True(total > SourceBytesMax / 4, $"Only {total} bytes of files were found in {runtime}.");
        return tree;
    }

    private static async Task MakeImageAsync(string image, string tree)
    {
        await using (FileStream file = File.Create(image))
        {
            file.SetLength(ImageBytes);
        }

        await OutsideProgram.RunToSuccessAsync("mkfs.ext4", "-q", "-d", tree, image);
    }

    // Adds, replaces and removes files inside the image, and in a copy of the tree likewise.
    private static async Task<string> ChangeAsync(string image, string first, TempDirectory directory)
    {
        string second = directory["second"];
        CopyTree(first, second);
        string added = Path.Join(second, "added");
        await File.WriteAllBytesAsync(added, Pattern.Bytes(777_777, seed: 5));
        string replaced = Path.Join(second, "file-4097");
        await File.WriteAllBytesAsync(replaced, Pattern.Bytes(50_000, seed: 6));
        File.Delete(Path.Join(second, "file-1000000"));

        string commands = directory["commands"];
        await File.WriteAllLinesAsync(commands, ["rm /file-1000000", $"write {added} added", "rm /file-4097", $"write {replaced} file-4097"]);
        await OutsideProgram.RunToSuccessAsync("debugfs", "-w", "-f", commands, image);
        return second;
    }

    private static async Task AssertStateAsync(ISnapshotChain chain, string snapshot, string tree, TempDirectory directory)
    {
        string exported = await ExportAsync(chain, snapshot, directory);
        Assert.Equal(ImageBytes, new FileInfo(exported).Length);
        await OutsideProgram.RunToSuccessAsync("e2fsck", "-fn", exported);

        string dump = Directory.CreateDirectory(directory[$"dump-{snapshot}"]).FullName;
        await OutsideProgram.RunToSuccessAsync("debugfs", "-R", $"rdump / {dump}", exported);
        Assert.Equal(FilesOf(tree), FilesOf(dump).Where(file => !file.StartsWith("lost+found", StringComparison.Ordinal)));
        foreach (string file in FilesOf(tree))
        {
            byte[] expected = await File.ReadAllBytesAsync(Path.Join(tree, file));
            byte[] actual = await File.ReadAllBytesAsync(Path.Join(dump, file));
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{file} in {snapshot} is not what was put there.");
        }
    }

    private static async Task<string> ExportAsync(ISnapshotChain chain, string snapshot, TempDirectory directory)
    {
        string path = directory[$"{snapshot}.img"];
        using IDisk view = chain.Open(snapshot);
        await using FileStream file = File.Create(path);
        await DiskImage.ExportAsync(view, file);
        return path;
    }

    private static async Task<long> ImportAsync(string image, IDisk disk)
    {
        await using FileStream file = File.OpenRead(image);
        return await DiskImage.ImportAsync(file, disk);
    }

    private static async Task<ImageUpdate> UpdateAsync(string image, IDisk disk)
    {
        await using FileStream file = File.OpenRead(image);
        return await DiskImage.UpdateAsync(file, disk);
    }

    private static void CopyTree(string from, string to)
    {
        foreach (string file in FilesOf(from))
        {
            string copy = Path.Join(to, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Join(from, file), copy);
        }
    }

    private static IEnumerable<string> FilesOf(string tree)
        => Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(tree, file)).Order(StringComparer.Ordinal);
}
