using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Hostile;

/// <summary>Paths and directories that are not what a pool expects: a clear error that says what to do, and nothing touched.</summary>
public sealed class StrangeDirectoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Pool => _directory["pool"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Path_OfAFile_IsRefusedAndTheFileLeftAlone()
    {
        await File.WriteAllTextAsync(Pool, "mine");
        Assert.IsAssignableFrom<IOException>(await Record.ExceptionAsync(() => DiskPool.OpenAsync(Pool)));
        Assert.IsAssignableFrom<IOException>(await Record.ExceptionAsync(() => DiskPool.CreateAsync(Pool)));
        Assert.Equal("mine", await File.ReadAllTextAsync(Pool));
    }

    [Fact]
    public async Task Path_ThatIsASymbolicLinkToAPool_OpensThePool()
    {
        await MakeAsync();
        Directory.CreateSymbolicLink(_directory["link"], Pool);
        await using DiskPool pool = await DiskPool.OpenAsync(_directory["link"]);
        Assert.Single(pool.ListDisks());
    }

    [Fact]
    public async Task Pool_WithForeignFilesBesideItsOwn_OpensAndLeavesThemAlone()
    {
        await MakeAsync();
        await File.WriteAllTextAsync(System.IO.Path.Join(Pool, "notes.txt"), "mine");
        await File.WriteAllTextAsync(System.IO.Path.Join(Pool, "data-7"), "not a segment's name");
        await File.WriteAllTextAsync(System.IO.Path.Join(Pool, "data-99999999999"), "neither");
        Directory.CreateDirectory(System.IO.Path.Join(Pool, "lost+found"));
        await using (DiskPool pool = await DiskPool.OpenAsync(Pool))
        {
            using IDisk disk = pool.OpenDisk("a");
            disk.AssertBlock(1, 1);
            disk.WriteBlock(2, 2);
            await pool.CompactAsync();
            await pool.AssertSoundAsync();
        }

        Assert.Equal("mine", await File.ReadAllTextAsync(System.IO.Path.Join(Pool, "notes.txt")));
        Assert.True(File.Exists(System.IO.Path.Join(Pool, "data-7")) && File.Exists(System.IO.Path.Join(Pool, "data-99999999999")));
    }

    [Fact]
    public async Task Pool_WithForeignFilesAfterAKill_OpensToo()
    {
        await MakeAsync();
        DiskPool pool = await DiskPool.OpenAsync(Pool);
        using (IDisk disk = pool.OpenDisk("a"))
        {
            disk.WriteBlock(2, 2);
        }

        await pool.FlushAsync();
        pool.Abandon();
        await File.WriteAllTextAsync(System.IO.Path.Join(Pool, "data-7"), "not a segment's name");
        await using DiskPool again = await DiskPool.OpenAsync(Pool);
        using IDisk recovered = again.OpenDisk("a");
        recovered.AssertBlock(2, 2);
    }

    [Theory]
    [InlineData("superblock")]
    [InlineData("superblock-copy")]
    public async Task Superblock_ThatIsADanglingLink_IsAsGoodAsMissing(string name)
    {
        await MakeAsync();
        string file = System.IO.Path.Join(Pool, name);
        File.Delete(file);
        File.CreateSymbolicLink(file, _directory["nowhere"]);
        await using DiskPool pool = await DiskPool.OpenAsync(Pool);
        using IDisk disk = pool.OpenDisk("a");
        disk.AssertBlock(1, 1);
    }

    [Theory]
    [InlineData("superblock")]
    [InlineData("segments")]
    [InlineData("counts")]
    public async Task File_InWhosePlaceIsADirectory_IsNamed(string name)
    {
        await MakeAsync();
        string file = System.IO.Path.Join(Pool, name);
        File.Delete(file);
        Directory.CreateDirectory(file);
        var error = await Assert.ThrowsAnyAsync<IOException>(() => DiskPool.OpenAsync(Pool));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains("is a directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("superblock")]
    [InlineData("data-00000000")]
    public async Task File_InWhosePlaceIsAPipe_IsNamed(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no pipes among files");
        await MakeAsync();
        string file = System.IO.Path.Join(Pool, name);
        File.Delete(file);
        await OutsideProgram.RunToSuccessAsync("mkfifo", file);
        var error = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using DiskPool pool = await DiskPool.OpenAsync(Pool);
            using IDisk disk = pool.OpenDisk("a");
            disk.AssertBlock(1, 1);
        });
        Assert.Contains(file, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("no regular file", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileSystem_MountedReadOnly_IsSaid()
    {
        await using SmallFileSystem fileSystem = await SmallFileSystem.MountAsync(96 << 20);
        string path = System.IO.Path.Join(fileSystem.Path, "pool");
        await (await DiskPool.CreateAsync(path)).DisposeAsync();
        await OutsideProgram.RunToSuccessAsync("mount", "-o", "remount,ro", fileSystem.Path);
        var error = await Assert.ThrowsAnyAsync<IOException>(() => DiskPool.OpenAsync(path));
        Assert.Contains("mounted read-only", error.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(await Record.ExceptionAsync(() => DiskPool.CreateAsync(path + "2")));
    }

    // The command is run as another user, because root may do everything.
    [Fact]
    public async Task Directory_WithoutPermission_IsSaid()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux to become somebody else");
        OutsideProgram.SkipUnlessPresent("util-linux", "setpriv");
        await MakeAsync();
        await OutsideProgram.RunToSuccessAsync("chmod", "701", _directory.Path);
        await OutsideProgram.RunToSuccessAsync("chmod", "700", Pool);
        string command = System.IO.Path.Join(AppContext.BaseDirectory, "BlockSnap.Cli.dll");
        (int reach, _, _) = await OutsideProgram.RunAsync("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", command, "--version");
        Assert.SkipUnless(reach == 0, "another user cannot run the command from here");
        (int code, _, string error) = await OutsideProgram.RunAsync("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", command, "pool", "info", Pool);
        Assert.Equal(1, code);
        Assert.Contains("right to read and write", error, StringComparison.Ordinal);
    }

    private async Task MakeAsync()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(Pool, new DiskPoolOptions { SegmentBytes = 64 << 10 });
        using IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        disk.WriteBlock(1, 1);
    }
}
