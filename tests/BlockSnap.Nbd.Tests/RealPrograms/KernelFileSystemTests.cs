using System.Diagnostics;
using System.Runtime.InteropServices;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>
/// A file system of the kernel on a served disk (nbdfuse, a loop device), with a snapshot taken while files are copied in: a clone of the
/// snapshot must be sound after its journal was replayed, and hold exactly the files that had been synced before.
/// </summary>
public sealed class KernelFileSystemTests
{
    [Theory]
    [InlineData("ext4", "mkfs.ext4 -q", "e2fsck -fn")]
    [InlineData("xfs", "mkfs.xfs -q", "xfs_repair -n")]
    public async Task FileSystem_SnapshotWhileFilesAreCopied_IsSoundAndHasWhatWasSynced(string type, string make, string check)
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin fuse3 e2fsprogs xfsprogs", "nbdcopy", "nbdfuse", "fusermount3", "losetup", "mkfs." + type, check.Split(' ')[0]);
        Assert.SkipUnless(File.Exists("/dev/fuse") && File.Exists("/dev/loop-control") && Environment.UserName == "root", "Loop devices and FUSE need root and /dev/fuse.");
        await using ServerProcess server = await ServerProcess.StartAsync("512M");
        string mnt = Directory.CreateDirectory(server.File("mnt")).FullName;
        string tree = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');

        await using (var mounted = await LoopDevice.AttachAsync(server, "disk", "fuse"))
        {
            string[] words = make.Split(' ');
            await OutsideProgram.RunToSuccessAsync(words[0], [.. words[1..], mounted.Device]);
            await OutsideProgram.RunToSuccessAsync("mount", "-o", "discard", mounted.Device, mnt);
            try
            {
                await OutsideProgram.RunToSuccessAsync("cp", "-r", tree, Path.Join(mnt, "synced"));
                await OutsideProgram.RunToSuccessAsync("sync", "-f", mnt);
                Task copying = OutsideProgram.RunToSuccessAsync("cp", "-r", tree, Path.Join(mnt, "during"));
                await Task.Delay(100);
                await server.RunAsync("snapshot", "create", server.PoolPath, "disk@during");
                await copying;
                await OutsideProgram.RunToSuccessAsync("rm", "-r", Path.Join(mnt, "synced"));
                await OutsideProgram.RunToSuccessAsync("sync", "-f", mnt);
            }
            finally
            {
                await OutsideProgram.RunToSuccessAsync("umount", mnt);
            }
        }

        await server.RunAsync("disk", "clone", server.PoolPath, "disk@during", "clone");
        foreach (string export in (string[])["disk@during", "clone"])
        {
            await OutsideProgram.RunToSuccessAsync("nbdcopy", server.Uri(export), server.File(export));
        }

        await OutsideProgram.RunToSuccessAsync("cmp", server.File("disk@during"), server.File("clone"));
        await AssertHoldsAsync(server, "clone", tree, mnt, check);

        // Back to the snapshot: refused while somebody uses the disk, then done, and the disk itself is what the clone was.
        await using (await LoopDevice.AttachAsync(server, "disk", "fuse"))
        {
            (int exitCode, _, string error) = await OutsideProgram.RunAsync(ServerProcess.Command[0], ServerProcess.Command[1], "snapshot", "rollback", server.PoolPath, "disk@during");
            Assert.True(exitCode == 1 && error.Contains("[conflict]", StringComparison.Ordinal), error);
        }

        await server.RunAsync("snapshot", "rollback", server.PoolPath, "disk@during");
        await AssertHoldsAsync(server, "disk", tree, mnt, check);
        await server.StopAsync();
        await server.RunAsync("check", server.PoolPath, "--data");
    }

    [Fact]
    public async Task Sqlite_SnapshotWhileItWrites_RecoversWithEveryRowUpToAPoint()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin fuse3 e2fsprogs sqlite3", "nbdfuse", "fusermount3", "losetup", "mkfs.ext4", "sqlite3");
        Assert.SkipUnless(File.Exists("/dev/fuse") && File.Exists("/dev/loop-control") && Environment.UserName == "root", "Loop devices and FUSE need root and /dev/fuse.");
        await using ServerProcess server = await ServerProcess.StartAsync("128M");
        string mnt = Directory.CreateDirectory(server.File("mnt")).FullName;
        string database = Path.Join(mnt, "rows.db");
        long committed;
        await using (var mounted = await LoopDevice.AttachAsync(server, "disk", "fuse"))
        {
            await OutsideProgram.RunToSuccessAsync("mkfs.ext4", "-q", mounted.Device);
            await OutsideProgram.RunToSuccessAsync("mount", mounted.Device, mnt);
            try
            {
                // One transaction a row, each synced; what sqlite3 has said is committed.
                using Process writer = Process.Start(new ProcessStartInfo("sqlite3", database) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
                await writer.StandardInput.WriteLineAsync("PRAGMA synchronous=FULL; CREATE TABLE rows(n INTEGER PRIMARY KEY, text TEXT);");
                string? said = null;
                long row = 0;
                while (row < 60)
                {
                    row++;
                    await writer.StandardInput.WriteLineAsync($"INSERT INTO rows VALUES({row}, hex(randomblob(500))); SELECT {row};");
                    await writer.StandardInput.FlushAsync();
                    said = await writer.StandardOutput.ReadLineAsync();
                }

                committed = long.Parse(said!);
                for (; row < 2000; row++)
                {
                    await writer.StandardInput.WriteLineAsync($"INSERT INTO rows VALUES({row + 1}, hex(randomblob(500)));");
                }

                await writer.StandardInput.FlushAsync();
                await server.RunAsync("snapshot", "create", server.PoolPath, "disk@during");
                writer.Kill();
                await writer.WaitForExitAsync();
            }
            finally
            {
                await OutsideProgram.RunToSuccessAsync("umount", mnt);
            }
        }

        await server.RunAsync("disk", "clone", server.PoolPath, "disk@during", "clone");
        await using var clone = await LoopDevice.AttachAsync(server, "clone", "fuse");
        await OutsideProgram.RunToSuccessAsync("mount", clone.Device, mnt);
        try
        {
            string[] facts = (await OutsideProgram.RunToSuccessAsync("sqlite3", database, "PRAGMA integrity_check; SELECT count(*) || ' ' || max(n) FROM rows;")).Trim().Split('\n');
            Assert.Equal("ok", facts[0]);
            long[] counts = [.. facts[1].Split(' ').Select(long.Parse)];
            Assert.Equal(counts[0], counts[1]); // no row missing before the last one
            Assert.True(counts[0] >= committed, $"{counts[0]} rows, {committed} were committed before the snapshot");
        }
        finally
        {
            await OutsideProgram.RunToSuccessAsync("umount", mnt);
        }
    }

    private static async Task AssertHoldsAsync(ServerProcess server, string disk, string tree, string mnt, string check)
    {
        await using var mounted = await LoopDevice.AttachAsync(server, disk, "fuse");
        await OutsideProgram.RunToSuccessAsync("mount", mounted.Device, mnt); // replays the journal
        try
        {
            await OutsideProgram.RunToSuccessAsync("diff", "-r", tree, Path.Join(mnt, "synced"));
        }
        finally
        {
            await OutsideProgram.RunToSuccessAsync("umount", mnt);
        }

        string[] words = check.Split(' ');
        await OutsideProgram.RunToSuccessAsync(words[0], [.. words[1..], mounted.Device]);
    }
}
