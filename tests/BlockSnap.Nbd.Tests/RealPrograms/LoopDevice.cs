using System.Diagnostics;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>A served disk as a block device of the kernel: nbdfuse makes it a file, a loop device makes that a disk.</summary>
internal sealed class LoopDevice : IAsyncDisposable
{
    private readonly Process _fuse;
    private readonly string _folder;

    private LoopDevice(Process fuse, string folder, string device)
    {
        _fuse = fuse;
        _folder = folder;
        Device = device;
    }

    public string Device { get; }

    public static async Task<LoopDevice> AttachAsync(ServerProcess server, string export, string folderName)
    {
        string folder = Directory.CreateDirectory(server.File(folderName)).FullName;
        string ready = server.File("fuse.pid");
        File.Delete(ready);
        string file = Path.Join(folder, "disk");
        Process fuse = Process.Start("nbdfuse", ["-P", ready, file, server.Uri(export)]);
        for (int i = 0; i < 500 && !File.Exists(ready); i++)
        {
            Assert.False(fuse.HasExited, "nbdfuse ended at once.");
            await Task.Delay(20);
        }

        // Without direct I/O the page cache would hide the server.
        string device = (await OutsideProgram.RunToSuccessAsync("losetup", "--find", "--show", "--direct-io=on", file)).Trim();
        return new LoopDevice(fuse, folder, device);
    }

    public async ValueTask DisposeAsync()
    {
        await OutsideProgram.RunToSuccessAsync("losetup", "-d", Device);
        await OutsideProgram.RunToSuccessAsync("fusermount3", "-u", _folder);
        await _fuse.WaitForExitAsync();
        _fuse.Dispose();
    }
}
