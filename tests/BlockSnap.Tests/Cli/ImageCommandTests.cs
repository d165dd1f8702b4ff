using System.Text.Json;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Cli;

public class ImageCommandTests
{
    private const int ImageBytes = 10 << 20;

    [Fact]
    public async Task ImportUpdateExport_OfRandomAndZeros_GiveTheImageBack()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        byte[] image = RandomAndZeros();
        File.WriteAllBytes(pool.FileOf("in.raw"), image);

        JsonElement imported = (await pool.JsonAsync("disk import POOL vm1 ~/in.raw")).GetProperty("disk");
        await pool.JsonAsync("snapshot create POOL vm1@s1");

        Assert.Equal(image.Length, imported.GetProperty("size").GetInt64());
        JsonElement diff = await pool.JsonAsync("snapshot diff POOL - vm1@s1");
        Assert.Equal(ImageBytes / 2, diff.GetProperty("changedBytes").GetInt64());

        // One byte, one block that becomes zero, and a longer image.
        image[123_456] ^= 1;
        image.AsSpan(0, 4096).Clear();
        image = [.. image, .. new byte[] { 1, 2, 3 }];
        File.WriteAllBytes(pool.FileOf("in.raw"), image);
        JsonElement updated = await pool.JsonAsync("disk update POOL vm1 ~/in.raw");

        Assert.Equal(image.Length, updated.GetProperty("readBytes").GetInt64());
        Assert.Equal(2 * 4096 + 3, updated.GetProperty("writtenBytes").GetInt64());
        Assert.Equal(image.Length, updated.GetProperty("disk").GetProperty("size").GetInt64());
        Assert.Equal(0, (await pool.JsonAsync("disk update POOL vm1 ~/in.raw")).GetProperty("writtenBytes").GetInt64());

        JsonElement exported = await pool.JsonAsync("disk export POOL vm1 ~/out.raw");
        Assert.Equal(image.Length, exported.GetProperty("size").GetInt64());
        Assert.Equal(JsonValueKind.Null, exported.GetProperty("snapshot").ValueKind);
        Assert.True(image.AsSpan().SequenceEqual(File.ReadAllBytes(pool.FileOf("out.raw"))));
        Assert.True((await pool.ContentAsync("vm1")).AsSpan().SequenceEqual(image));
    }

    [Fact]
    public async Task Import_OfAPipeThatNobodyWritesTo_CanBeCancelled()
    {
        OutsideProgram.SkipUnlessPresent("coreutils", "mkfifo");
        using CommandPool pool = await CommandPool.CreateAsync();
        await OutsideProgram.RunToSuccessAsync("mkfifo", pool.FileOf("pipe"));
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        CommandRun run = await Task.Run(() => pool.RunAsync("disk import POOL vm1 ~/pipe --json", cancellationToken: cancel.Token), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal((1, "cancelled"), (run.ExitCode, run.ErrorCode));
        Assert.Equal(0, (await pool.JsonAsync("disk list POOL")).GetProperty("disks").GetArrayLength());
        new FileStream(pool.FileOf("pipe"), FileMode.Open, FileAccess.ReadWrite).Dispose(); // lets the thread go that waits for a writer
    }

    [Fact]
    public async Task Update_DryRun_SaysWhatWouldBeWrittenAndCutOff_AndChangesNothing()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 40960");
        await pool.WriteBlockAsync("vm1", 0, 7);
        await pool.WriteBlockAsync("vm1", 9, 7);
        byte[] before = await pool.ContentAsync("vm1");
        byte[] image = new byte[8192];
        image.AsSpan(4096).Fill(3);

        JsonElement plan = await pool.JsonAsync("disk update POOL vm1 - --dry-run", new MemoryStream(image));
        Assert.Equal((8192, 8192, 4096), (plan.GetProperty("readBytes").GetInt64(), plan.GetProperty("writtenBytes").GetInt64(), plan.GetProperty("cutBytes").GetInt64()));
        Assert.True(plan.GetProperty("dryRun").GetBoolean());
        Assert.Equal(40960, plan.GetProperty("disk").GetProperty("size").GetInt64());
        Assert.Equal(
            "Would write 8 KiB of 8 KiB to the disk vm1.\nIt would have 8 KiB (8192 bytes) instead of 40 KiB (40960 bytes); 4 KiB of data lie beyond.\n",
            (await pool.RunAsync("disk update POOL vm1 - --dry-run", new MemoryStream(image))).Output);
        Assert.Equal(before, await pool.ContentAsync("vm1"));

        JsonElement done = await pool.JsonAsync("disk update POOL vm1 -", new MemoryStream(image));
        Assert.Equal(8192, done.GetProperty("writtenBytes").GetInt64());
        Assert.False(done.TryGetProperty("cutBytes", out _));
    }

    [Fact]
    public async Task Update_WithSmallerImage_ShrinksTheDiskAndSnapshotsStay()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        byte[] image = RandomAndZeros();
        await pool.JsonAsync("disk import POOL vm1 -", new MemoryStream(image));
        await pool.JsonAsync("snapshot create POOL vm1@s1");

        JsonElement updated = await pool.JsonAsync("disk update POOL vm1 -", new MemoryStream(image, 0, 5_000_001));

        Assert.Equal(0, updated.GetProperty("writtenBytes").GetInt64());
        Assert.Equal(5_000_001, updated.GetProperty("disk").GetProperty("size").GetInt64());
        Assert.True((await pool.ContentAsync("vm1")).AsSpan().SequenceEqual(image.AsSpan(0, 5_000_001)));
        Assert.True((await pool.ContentAsync("vm1@s1")).AsSpan().SequenceEqual(image));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData((1 << 20) + 513)]
    public async Task Import_FromInputOfUnknownLength_MakesADiskOfThatLength(int length)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        byte[] image = RandomAndZeros()[..length];

        JsonElement imported = await pool.JsonAsync("disk import POOL vm1 - --block-size 64K", new TricklingStream(image));

        Assert.Equal(length, imported.GetProperty("disk").GetProperty("size").GetInt64());
        Assert.Equal(65536, imported.GetProperty("disk").GetProperty("blockSize").GetInt32());
        Assert.True((await pool.ContentAsync("vm1")).AsSpan().SequenceEqual(image));
    }

    [Fact]
    public async Task Import_ThatBreaksOff_LeavesNoDisk()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        var broken = new TricklingStream(RandomAndZeros()) { FailAt = 3 << 20 };

        CommandRun run = await pool.RunAsync("disk import POOL vm1 - --json", broken);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("io", run.ErrorCode);
        Assert.Equal(0, (await pool.JsonAsync("disk list POOL --all")).GetProperty("disks").GetArrayLength());
    }

    [Fact]
    public async Task Import_Cancelled_LeavesNoDisk()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        using var cancel = new CancellationTokenSource();
        var stalled = new TricklingStream(RandomAndZeros()) { OnRead = position => { if (position > 2 << 20) { cancel.Cancel(); } } };

        CommandRun run = await pool.RunAsync("disk import POOL vm1 - --json", stalled, cancel.Token);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("cancelled", run.ErrorCode);
        Assert.Equal(0, (await pool.JsonAsync("disk list POOL --all")).GetProperty("disks").GetArrayLength());
    }

    [Fact]
    public async Task Import_OntoADiskThatExists_LeavesThatDiskAlone()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk import POOL vm1 -", new MemoryStream([1, 2, 3]));

        CommandRun run = await pool.RunAsync("disk import POOL vm1 - --json", new MemoryStream([4, 5]));

        Assert.Equal("disk-exists", run.ErrorCode);
        Assert.Equal([1, 2, 3], await pool.ContentAsync("vm1"));
    }

    [Fact]
    public async Task Update_OfMissingDisk_IsRefused()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        CommandRun run = await pool.RunAsync("disk update POOL vm1 - --json", new MemoryStream([1]));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("disk-not-found", run.ErrorCode);
    }

    [Fact]
    public async Task Export_OverAnExistingFile_ReplacesItWhole()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 8K");
        await pool.WriteBlockAsync("vm1", 1, 7);
        File.WriteAllBytes(pool.FileOf("out.raw"), RandomAndZeros());

        await pool.JsonAsync("disk export POOL vm1 ~/out.raw");

        byte[] expected = new byte[8192];
        expected.AsSpan(4096).Fill(7);
        Assert.Equal(expected, File.ReadAllBytes(pool.FileOf("out.raw")));
        Assert.Equal(["out.raw", "pool"], Directory.EnumerateFileSystemEntries(pool.Folder).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("disk export POOL vm1 ~/pool/superblock")]
    [InlineData("disk export POOL vm1 ~/link/superblock")]
    [InlineData("disk export POOL vm1 ~/superblock-link")]
    [InlineData("disk export POOL vm1 ~/pool/new.raw")]
    [InlineData("report POOL --html ~/pool/data-00000000")]
    public async Task Export_AmongThePoolsFiles_IsRefused(string line)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        Directory.CreateSymbolicLink(pool.FileOf("link"), pool.Path);
        File.CreateSymbolicLink(pool.FileOf("superblock-link"), pool.FileOf("pool/superblock"));
        string[] files = Directory.GetFiles(pool.Path);
        await pool.RefusedAsync(line, 1, "io");
        Assert.Equal(files, Directory.GetFiles(pool.Path));
        await pool.JsonAsync("check POOL");
    }

    [Theory]
    [InlineData("disk import POOL vm1 ~/.")]
    [InlineData("disk update POOL vm2 ~/.")]
    public async Task Import_OfADirectory_SaysThatItIsOne(string line)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm2 --size 1M");
        await pool.RefusedAsync(line, 1, "io");
        Assert.Contains("is a directory", (await pool.RunAsync(line)).Error);
    }

    [Fact]
    public async Task Export_ThatFails_LeavesTheExistingFileAndNothingElse()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk import POOL vm1 -", new MemoryStream(RandomAndZeros()));
        File.WriteAllText(pool.FileOf("out.raw"), "old");

        // A signal that comes once the pool is open and the first piece is on its way.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BlockSnap.Cli.ImageTarget.WriteAsync(
            pool.FileOf("out.raw"),
            pool.Path,
            BlockSnap.Cli.CommandConsole.OfStreams(Stream.Null, Stream.Null, TextWriter.Null),
            async stream =>
            {
                await stream.WriteAsync(new byte[100]);
                throw new OperationCanceledException();
            }));

        Assert.Equal("old", File.ReadAllText(pool.FileOf("out.raw")));
        Assert.Equal(["out.raw", "pool"], Directory.EnumerateFileSystemEntries(pool.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Export_ToALink_ReplacesWhatItLeadsTo()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk import POOL vm1 -", new MemoryStream([1, 2, 3]));
        File.WriteAllText(pool.FileOf("target.raw"), "old");
        File.CreateSymbolicLink(pool.FileOf("link.raw"), "target.raw");

        await pool.JsonAsync("disk export POOL vm1 ~/link.raw");

        Assert.Equal("target.raw", new FileInfo(pool.FileOf("link.raw")).LinkTarget);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(pool.FileOf("target.raw")));
    }

    [Fact]
    public async Task Export_ToADevice_LeavesTheDevice()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "There is no /dev/null.");
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");

        await pool.JsonAsync("disk export POOL vm1 /dev/null");

        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    /// <summary>Half of the image in pieces of 64 KiB: random, zeros, random, ...</summary>
    private static byte[] RandomAndZeros()
    {
        const int PieceBytes = 64 << 10;
        byte[] image = new byte[ImageBytes];
        var random = new Random(20261121);
        for (int offset = 0; offset < ImageBytes; offset += 2 * PieceBytes)
        {
            random.NextBytes(image.AsSpan(offset, PieceBytes));
        }

        return image;
    }
}
