using System.Diagnostics;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Devices;

public sealed class DirectoryDeviceTests : StorageDeviceContractTests
{
    private readonly TempDirectory _temp = new();

    private string Pool => Path.Join(_temp.Path, "pool");

    [Fact]
    public void Constructor_MissingDirectory_ThrowsPoolNotFound()
    {
        var missing = Assert.Throws<PoolNotFoundException>(() => new DirectoryDevice(Pool, create: false));
        Assert.Equal(Pool, missing.Path);
        Assert.False(Directory.Exists(Pool));
    }

    [Fact]
    public void Constructor_CreateNested_CreatesAllLevelsAndAgainIsNoError()
    {
        string nested = Path.Join(Pool, "x", "y");
        new DirectoryDevice(nested + "/", create: true).Dispose();
        using var again = new DirectoryDevice(nested, create: true);
        Assert.Equal(nested, again.Description);
        Assert.True(Directory.Exists(nested));
    }

    [Fact]
    public void Constructor_FileInTheWay_ThrowsIOException()
    {
        File.WriteAllText(Pool, "");
        Assert.Throws<IOException>(() => new DirectoryDevice(Pool, create: true));
        Assert.Throws<PoolNotFoundException>(() => new DirectoryDevice(Pool, create: false));
    }

    [Fact]
    public void List_ForeignEntries_AreLeftOut()
    {
        WriteFile("a", []);
        Directory.CreateDirectory(Path.Join(Pool, "lost+found"));
        Directory.CreateDirectory(Path.Join(Pool, "folder"));
        File.WriteAllText(Path.Join(Pool, ".nfs0001"), "");
        File.WriteAllText(Path.Join(Pool, "a~ b"), "");
        Assert.Equal(["a"], Device.List());
        Assert.False(Device.Exists("folder"));
    }

    [Fact]
    public void Read_OnLinux_LeavesTheTimeOfTheLastReadAsItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the option of an open file is Linux's");
        WriteFile("a", new byte[4096]);
        string path = Path.Join(Pool, "a");
        DateTime longAgo = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc); // before the last change, so that the next read would be noted
        File.SetLastAccessTimeUtc(path, longAgo);
        using IDeviceFile file = Device.Open("a", DeviceFileMode.Open);
        Assert.Equal(4096, file.Read(0, new byte[4096]));
        Assert.Equal(longAgo, File.GetLastAccessTimeUtc(path));
    }

    [Fact]
    public void AcquireOwnership_SecondDeviceInTheProcess_IsRefused()
    {
        using IDisposable ownership = Device.AcquireOwnership();
        using var second = new DirectoryDevice(Pool, create: false);
        Assert.Throws<PoolInUseException>(second.AcquireOwnership);
        Device.Dispose(); // Takes nothing back.
        Assert.Throws<PoolInUseException>(second.AcquireOwnership);
        ownership.Dispose();
        second.AcquireOwnership().Dispose();
    }

    [Fact]
    public async Task AcquireOwnership_OtherProcess_IsRefusedWhileItLivesAndFreeOnceKilled()
    {
        _ = Device;
        using Process owner = FaultTargetProcess.Start("device-own", Pool);
        try
        {
            Assert.Equal("ok own", await owner.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.Throws<PoolInUseException>(Device.AcquireOwnership);

            if (OperatingSystem.IsLinux())
            {
                await OutsideProgram.RunToSuccessAsync("kill", "-STOP", $"{owner.Id}");
                Assert.Throws<PoolInUseException>(Device.AcquireOwnership);
            }
        }
        finally
        {
            owner.Kill();
            await owner.WaitForExitAsync(CancellationToken.None);
        }

        Device.AcquireOwnership().Dispose();
    }

    [Fact]
    public async Task AcquireOwnership_OtherProcessTries_IsRefusedTyped()
    {
        using IDisposable ownership = Device.AcquireOwnership();
        using Process other = FaultTargetProcess.Start("device-own", Pool);
        string? line = await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        other.StandardInput.Close();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("failed own PoolInUseException pool-in-use", line);
    }

    [Fact]
    public async Task AcquireOwnership_ChildProcessStarted_DoesNotInheritTheLock()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using IDisposable ownership = Device.AcquireOwnership();

        // Descriptors of other tests come and go while it looks, of which it complains.
        string ours = await OutsideProgram.RunToSuccessAsync("sh", "-c", $"ls -l /proc/{Environment.ProcessId}/fd || true");
        string childs = await OutsideProgram.RunToSuccessAsync("ls", "-l", "/proc/self/fd");
        Assert.Contains(Path.Join(Pool, "lock"), ours);
        Assert.DoesNotContain(Pool, childs);
    }

    [Fact]
    public async Task Flush_SyncFails_IsReportedAndEveryLaterFlushToo()
    {
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync(["fdatasync:error=EIO:when=2"], null, ["device-flush", Pool, "4"]);
        Assert.Equal("ok flush 1", lines[0]);
        Assert.StartsWith("failed flush 2 IOException - Flushing '" + Path.Join(Pool, "data") + "' failed: Input/output error (errno 5)", lines[1]);
        Assert.StartsWith("failed flush 3 IOException - An earlier flush", lines[2]);
        Assert.StartsWith("failed flush 4 IOException - An earlier flush", lines[3]);
    }

    [Fact]
    public async Task Flush_ByTheFramework_HidesTheFailure()
    {
        // The control: without it the test above might pass because nothing was injected. It also says when Libc is needed no more.
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync(
            ["fsync:error=EIO", "fdatasync:error=EIO"],
            null,
            ["framework-flush", _temp.Path, "3"]);
        Assert.SkipWhen(lines[0].StartsWith("failed", StringComparison.Ordinal), "this framework reports failed syncs");
        Assert.Equal(["ok flush 1", "ok flush 2", "ok flush 3"], lines);
    }

    [Theory]
    [InlineData("fdatasync:error=ENOSPC", "flush", "PoolFullException pool-full")]
    [InlineData("fdatasync:error=EDQUOT", "flush", "PoolFullException pool-full")]
    [InlineData("fsync:error=EIO", "flush-names", "IOException - Flushing the directory")]
    [InlineData("fsync:error=EINVAL", "flush-names", "IOException - Flushing the directory")]
    [InlineData("pwrite64:error=EIO", "write", "IOException - Writing 4096 bytes at 0 of")]
    [InlineData("pwrite64:error=ENOSPC", "write", "PoolFullException pool-full")]
    [InlineData("fallocate:error=EMFILE", "allocate", "TooManyFilesException too-many-files")]
    [InlineData("pwrite64:error=EDQUOT", "write", "PoolFullException pool-full")]
    [InlineData("pwrite64:error=EFBIG", "write", "IOException - Writing")]
    [InlineData("pwrite64:error=EPERM", "write", "IOException - Writing")]
    [InlineData("fallocate:error=ENOSPC", "allocate", "PoolFullException pool-full")]
    [InlineData("fallocate:error=EIO", "allocate", "IOException - Reserving")]
    [InlineData("ftruncate:error=EIO", "set-length", "IOException - Setting the length")]
    [InlineData("unlink:error=EIO", "delete", "IOException - Deleting")]
    [InlineData("unlink:error=EROFS", "delete", "IOException - Deleting")]
    [InlineData("flock:error=EAGAIN:when=1", "own", "PoolInUseException pool-in-use")]
    [InlineData("flock:error=ENOLCK:when=1", "own", "IOException - Locking")]
    public async Task AnyCall_SystemCallFails_IsReportedTyped(string injection, string step, string failure)
    {
        _ = Device;
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync([injection], null, ["device-steps", Pool]);
        string failed = Assert.Single(lines, line => line.StartsWith("failed", StringComparison.Ordinal));
        Assert.StartsWith($"failed {step} {failure}", failed);
    }

    [Theory]
    [InlineData("fdatasync:error=EINTR:when=1")]
    [InlineData("fsync:error=EINTR:when=1")]
    [InlineData("fallocate:error=EINTR:when=1")]
    [InlineData("flock:error=EINTR:when=1")]
    [InlineData("pwrite64:error=EINTR:when=1")]
    [InlineData("fallocate:error=EOPNOTSUPP")]
    [InlineData("fallocate:error=ENOSYS")]
    public async Task AnyCall_InterruptedOrNotSupported_GoesOn(string injection)
    {
        _ = Device;
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync([injection], null, ["device-steps", Pool]);
        Assert.DoesNotContain(lines, line => line.StartsWith("failed", StringComparison.Ordinal));
        Assert.Contains("ok length-after-allocate 16384", lines);
    }

    [Fact]
    public async Task Read_SystemCallFails_IsReported()
    {
        WriteFile("data", Pattern(4096));

        // Only on this file: the runtime reads its own assemblies by the same call.
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync(["pread64:error=EIO"], Path.Join(Pool, "data"), ["device-steps", Pool]);
        string failed = Assert.Single(lines, line => line.StartsWith("failed", StringComparison.Ordinal));
        Assert.StartsWith("failed read IOException - Reading 4096 bytes at 0 of", failed);
    }

    [Fact]
    public async Task Exists_FileCannotBeLookedAt_IsReportedAndNotFalse()
    {
        WriteFile("data", []);
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync(
            ["?lstat,?newfstatat:error=EIO:when=1"],
            Path.Join(Pool, "data"),
            ["device-steps", Pool]);
        string failed = Assert.Single(lines, line => line.StartsWith("failed", StringComparison.Ordinal));
        Assert.StartsWith("failed exists IOException - Looking for", failed);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public async Task Constructor_CreateNested_SyncsTheParentOfEveryLevel(int sync, bool exists)
    {
        string nested = Path.Join(Pool, "x", "y");
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync([$"fsync:error=EIO:when={sync}"], null, ["device-create", nested]);
        Assert.StartsWith(exists ? "failed create IOException - Flushing the directory" : "ok create", Assert.Single(lines));
    }

    [Fact]
    public async Task Constructor_CreateExisting_SyncsItsParent()
    {
        // An attempt before this one may have died between creating it and syncing.
        _ = Device;
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync(["fsync:error=EIO:when=1"], null, ["device-create", Pool]);
        Assert.StartsWith("failed create IOException - Flushing the directory", Assert.Single(lines));
    }

    [Fact]
    public async Task Allocate_FileSystemFull_LeavesTheFileAndTheSpaceAsTheyWere()
    {
        await using SmallFileSystem small = await SmallFileSystem.MountAsync(8 << 20);
        using var device = new DirectoryDevice(Path.Join(small.Path, "pool"), create: true);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(10_000));
        file.Flush();
        long freeBytes = new DriveInfo(small.Path).TotalFreeSpace;

        var full = Assert.Throws<PoolFullException>(() => file.Allocate(64 << 20));
        Assert.Equal((64 << 20) - 10_000, full.RequestedBytes);
        Assert.Equal(Pattern(10_000), ReadAll(file));
        file.Flush();
        long keptBytes = freeBytes - new DriveInfo(small.Path).TotalFreeSpace;
        Assert.InRange(keptBytes, 0, 4096); // ext4 keeps a block of its own bookkeeping.

        file.Allocate(1 << 20);
        Assert.Equal(1 << 20, file.Length);
    }

    [Fact]
    public async Task Allocate_FailingBesideAppends_CutsNothingOff()
    {
        const int AppendCount = 400;
        const int BlockBytes = 4096;
        await using SmallFileSystem small = await SmallFileSystem.MountAsync(8 << 20);
        using var device = new DirectoryDevice(Path.Join(small.Path, "pool"), create: true);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        bool appended = false;
        using var failedOnce = new ManualResetEventSlim();
        Task allocations = Task.Run(
            () =>
            {
                while (!Volatile.Read(ref appended))
                {
                    Assert.Throws<PoolFullException>(() => file.Allocate(64 << 20));
                    failedOnce.Set();
                }
            },
            TestContext.Current.CancellationToken);

        Assert.True(failedOnce.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        byte[] block = new byte[BlockBytes];
        for (int i = 0; i < AppendCount; i++)
        {
            block.AsSpan().Fill((byte)(i % 251 + 1));
            file.Write((long)i * BlockBytes, block);
        }

        Volatile.Write(ref appended, true);
        await allocations;
        byte[] all = ReadAll(file);
        Assert.Equal(AppendCount * BlockBytes, all.Length);
        for (int i = 0; i < AppendCount; i++)
        {
            Assert.Equal(-1, all.AsSpan(i * BlockBytes, BlockBytes).IndexOfAnyExcept((byte)(i % 251 + 1)));
        }
    }

    [Fact]
    public async Task Write_FileSystemFull_ThrowsPoolFullAndWorksAgainOnceThereIsSpace()
    {
        await using SmallFileSystem small = await SmallFileSystem.MountAsync(8 << 20);
        using var device = new DirectoryDevice(Path.Join(small.Path, "pool"), create: true);
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        byte[] block = Pattern(1 << 20);
        long offset = 0;
        Assert.Throws<PoolFullException>(() =>
        {
            for (; offset < 64 << 20; offset += block.Length)
            {
                file.Write(offset, block);
                file.Flush();
            }
        });

        file.SetLength(block.Length);
        file.Flush();
        file.Write(block.Length, block);
        file.Flush();
        Assert.Equal([.. block, .. block], ReadAll(file));
    }

    [Fact]
    public async Task TryGiveBack_ReservedFile_TakesLessOfTheFileSystemUntilItIsReservedAgain()
    {
        const int Bytes = 4 << 20;
        using IDeviceFile file = Device.Open("a", DeviceFileMode.CreateNew);
        file.Write(0, Pattern(Bytes));
        file.Flush();
        long before = await TakenSpace.OfAsync(Pool);
        Assert.SkipUnless(file.TryGiveBack(1 << 20, 2 << 20), "the file system cannot punch holes");
        file.Flush();
        Assert.Equal(before - (2 << 20), await TakenSpace.OfAsync(Pool));
        file.Allocate(Bytes);
        Assert.Equal(before, await TakenSpace.OfAsync(Pool));
    }

    protected override IStorageDevice Create() => new DirectoryDevice(Pool, create: true);

    protected override void CleanUp() => _temp.Dispose();
}
