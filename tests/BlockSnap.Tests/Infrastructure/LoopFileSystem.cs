using System.Diagnostics;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>A real file system in an image file, mounted through a loop device, that can lose its power. Needs root on Linux.</summary>
public sealed class LoopFileSystem : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private bool _mounted;

    private LoopFileSystem()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _directory["mnt"];

    private string Image => _directory["image"];

    /// <summary>Makes and mounts one, or skips the running test with the reason.</summary>
    /// <param name="kind">"ext4" or "xfs".</param>
    public static async Task<LoopFileSystem> MountAsync(string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux to mount a file system");
        OutsideProgram.SkipUnlessPresent("e2fsprogs and xfsprogs", $"mkfs.{kind}", "xfs_io");
        var fileSystem = new LoopFileSystem();
        Directory.CreateDirectory(fileSystem.Path);
        await using (FileStream file = File.Create(fileSystem.Image))
        {
            file.SetLength(320 << 20); // the least that mkfs.xfs makes is 300 MiB; the file is sparse
        }

        await OutsideProgram.RunToSuccessAsync($"mkfs.{kind}", "-q", fileSystem.Image);
        if (await fileSystem.TryMountAsync() is { } refusal)
        {
            fileSystem._directory.Dispose();
            Assert.Skip($"cannot mount {kind} here: {refusal}");
        }

        return fileSystem;
    }

    /// <summary>Ends all access at once, as a power cut does: what its journal and its caches held and the disk does not is lost.</summary>
    public Task CutPowerAsync() => OutsideProgram.RunToSuccessAsync("xfs_io", "-x", "-c", "shutdown", Path);

    /// <summary>Mounts it again, which replays its journal.</summary>
    public async Task RemountAsync()
    {
        await UnmountAsync();
        string? refusal = await TryMountAsync();
        Assert.True(refusal is null, refusal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            await UnmountAsync();
        }

        _directory.Dispose();
    }

    // Null when it is mounted, else why not.
    private async Task<string?> TryMountAsync()
    {
        (int mounted, _, string error) = await OutsideProgram.RunAsync("mount", "-o", "loop", Image, Path);
        _mounted = mounted == 0;
        return _mounted ? null : error;
    }

    private async Task UnmountAsync()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            (int code, _, string error) = await OutsideProgram.RunAsync("umount", Path);
            if (code == 0)
            {
                _mounted = false;
                return;
            }

            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), error);
            await Task.Delay(100); // a process that was killed has files open for a moment longer
        }
    }
}
