namespace BlockSnap.Tests.Infrastructure;

/// <summary>A real ext4 of a few MiB in an image file, mounted through a loop device, for running out of space. Needs root.</summary>
public sealed class SmallFileSystem : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    private SmallFileSystem()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => System.IO.Path.Join(_directory.Path, "mnt");

    /// <summary>Makes and mounts it, or skips the running test with the reason.</summary>
    public static async Task<SmallFileSystem> MountAsync(long sizeBytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux to mount a file system");
        OutsideProgram.SkipUnlessPresent("e2fsprogs", "mkfs.ext4");
        var fileSystem = new SmallFileSystem();
        string image = System.IO.Path.Join(fileSystem._directory.Path, "image");
        Directory.CreateDirectory(fileSystem.Path);
        await using (FileStream file = File.Create(image))
        {
            file.SetLength(sizeBytes);
        }

        await OutsideProgram.RunToSuccessAsync("mkfs.ext4", "-q", "-m", "0", image);
        (int mounted, _, string mountError) = await OutsideProgram.RunAsync("mount", "-o", "loop", image, fileSystem.Path);
        if (mounted != 0)
        {
            fileSystem._directory.Dispose();
            Assert.Skip($"cannot mount here: {mountError}");
        }

        return fileSystem;
    }

    public async ValueTask DisposeAsync()
    {
        await OutsideProgram.RunToSuccessAsync("umount", Path);
        _directory.Dispose();
    }
}
