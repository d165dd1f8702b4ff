using System.Diagnostics;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>An xfs on a device that fails while it is told to, and may be slow: nbdkit with its error and delay filters, nbdfuse, a loop device. Needs root on Linux.</summary>
public sealed class FailingFileSystem : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<(string Program, string[] Arguments)> _undo = [];
    private readonly int _delayMs;
    private Process? _fuse;
    private string _loop = "";

    private FailingFileSystem(int delayMs) => _delayMs = delayMs;

    /// <summary>Where it is mounted.</summary>
    public string Path => _directory["mnt"];

    private string Trigger => _directory["fail"];

    /// <summary>Makes and mounts one, or skips the running test with the reason.</summary>
    /// <param name="delayMs">How long each write takes.</param>
    public static async Task<FailingFileSystem> MountAsync(int delayMs)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux to mount a file system");
        OutsideProgram.SkipUnlessPresent("nbdkit, libnbd-bin, xfsprogs and fuse3", "nbdkit", "nbdfuse", "losetup", "mkfs.xfs", "fusermount3");
        var fileSystem = new FailingFileSystem(delayMs);
        if (await fileSystem.TryMakeAsync() is { } refusal)
        {
            await fileSystem.DisposeAsync();
            Assert.Skip($"cannot mount a failing xfs here: {refusal}");
        }

        return fileSystem;
    }

    /// <summary>All writes to the device fail for a moment.</summary>
    public async Task FailAsync(TimeSpan duration)
    {
        await File.WriteAllTextAsync(Trigger, "");
        await Task.Delay(duration);
        File.Delete(Trigger);
    }

    /// <summary>Mounts it again: what the system's cache holds and the device does not is gone.</summary>
    public async Task RemountAsync()
    {
        await UnmountAsync();
        string? refusal = await MountLoopAsync();
        Assert.True(refusal is null, refusal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_undo.Any(step => step.Program == "umount"))
        {
            await UnmountAsync();
        }

        foreach ((string program, string[] arguments) in Enumerable.Reverse(_undo))
        {
            await OutsideProgram.RunAsync(program, arguments);
        }

        if (_fuse is not null)
        {
            await _fuse.WaitForExitAsync();
            _fuse.Dispose();
        }

        _directory.Dispose();
    }

    // Null when all is there, else what went wrong.
    private async Task<string?> TryMakeAsync()
    {
        string socket = _directory["socket"];
        string pid = _directory["pid"];
        string fuse = _directory["fuse"];
        Directory.CreateDirectory(fuse);
        Directory.CreateDirectory(Path);
        (int served, _, string problem) = await OutsideProgram.RunAsync(
            "nbdkit", "-U", socket, "-P", pid, "--filter=error", "--filter=delay", "memory", "400M", $"wdelay={_delayMs}ms", "error-pwrite=EIO", "error-pwrite-rate=100%", $"error-file={Trigger}");
        if (served != 0)
        {
            return problem;
        }

        await WaitForAsync(pid);
        _undo.Add(("kill", [(await File.ReadAllTextAsync(pid)).Trim()]));
        _fuse = OutsideProgram.Start("nbdfuse", System.IO.Path.Join(fuse, "disk"), $"nbd+unix:///?socket={socket}");
        if (!await WaitForAsync(System.IO.Path.Join(fuse, "disk")))
        {
            return "nbdfuse does not serve";
        }

        _undo.Add(("fusermount3", ["-u", fuse]));
        (int looped, string loop, string loopProblem) = await OutsideProgram.RunAsync("losetup", "--find", "--show", "--direct-io=on", System.IO.Path.Join(fuse, "disk"));
        if (looped != 0)
        {
            return loopProblem;
        }

        _loop = loop.Trim();
        _undo.Add(("losetup", ["-d", _loop]));
        (int made, _, string makeProblem) = await OutsideProgram.RunAsync("mkfs.xfs", "-q", _loop);
        return made == 0 ? await MountLoopAsync() : makeProblem;
    }

    private async Task<string?> MountLoopAsync()
    {
        (int mounted, _, string problem) = await OutsideProgram.RunAsync("mount", _loop, Path);
        if (mounted != 0)
        {
            return problem;
        }

        _undo.Add(("umount", [Path]));
        return null;
    }

    private async Task UnmountAsync()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            (int code, _, string problem) = await OutsideProgram.RunAsync("umount", Path);
            if (code == 0)
            {
                _undo.RemoveAll(step => step.Program == "umount");
                return;
            }

            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), problem);
            await Task.Delay(100); // a process that was ended has files open for a moment longer
        }
    }

    private static async Task<bool> WaitForAsync(string file)
    {
        const int TriesMax = 100;
        for (int i = 0; i < TriesMax; i++)
        {
            if (File.Exists(file) && (new FileInfo(file).Length > 0))
            {
                return true;
            }

            await Task.Delay(50);
        }

        return false;
    }
}
