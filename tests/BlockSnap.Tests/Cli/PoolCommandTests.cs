using System.Text.Json;
using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class PoolCommandTests
{
    [Fact]
    public async Task PoolCreate_Twice_IsRefused()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.RefusedAsync("pool create POOL", 1, "pool-exists");
    }

    [Fact]
    public async Task PoolCreate_AmongOtherFiles_IsRefusedAndNamesThem()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        Directory.CreateDirectory(pool.FileOf("papers"));
        await File.WriteAllTextAsync(pool.FileOf("papers/letter"), "dear", TestContext.Current.CancellationToken);
        await pool.RefusedAsync("pool create ~/papers", 1, "directory-not-empty");
        await pool.RefusedAsync("repair POOL ~/papers", 1, "directory-not-empty");
        await pool.RefusedAsync("repair POOL ~/papers --dry-run", 1, "directory-not-empty");
        Assert.Equal("dear", await File.ReadAllTextAsync(pool.FileOf("papers/letter"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Repair_DryRun_RefusesTheTargetsThatTheRunRefuses_AndMakesNone()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await File.WriteAllTextAsync(pool.FileOf("letter"), "dear", TestContext.Current.CancellationToken);
        await pool.JsonAsync("pool create ~/other");
        foreach (string dryRun in (string[])["", " --dry-run"])
        {
            await pool.RefusedAsync($"repair POOL ~/letter{dryRun}", 1, "io");
            await pool.RefusedAsync($"repair POOL ~/other{dryRun}", 1, "pool-exists");
        }

        Assert.True((await pool.JsonAsync("repair POOL ~/mended --dry-run")).GetProperty("exact").GetBoolean());
        Assert.False(Directory.Exists(pool.FileOf("mended")));
        Directory.CreateDirectory(pool.FileOf("mended"));
        Assert.True((await pool.JsonAsync("repair POOL ~/mended --dry-run")).GetProperty("exact").GetBoolean());
        Assert.Empty(Directory.EnumerateFileSystemEntries(pool.FileOf("mended")));
    }

    [Fact]
    public async Task Pool_WithoutItsSuperblocks_IsToldFromNoPool_AndRepaired()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 7);
        File.Delete(pool.FileOf("pool/superblock"));
        File.Delete(pool.FileOf("pool/superblock-copy"));
        await pool.RefusedAsync("pool info POOL", 1, "pool-corrupted");
        await pool.RefusedAsync("pool create POOL", 1, "directory-not-empty");
        Assert.True((await pool.JsonAsync("repair POOL ~/mended")).GetProperty("exact").GetBoolean());
        Assert.Equal(1, (await pool.JsonAsync("pool info ~/mended")).GetProperty("pool").GetProperty("disks").GetInt32());
    }

    // It was called damaged: there was no data file to begin with.
    [Fact]
    public async Task Repair_OfAPoolThatWasNeverWritten_GivesTheSamePool()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        File.Delete(pool.FileOf("pool/superblock"));
        await File.WriteAllBytesAsync(pool.FileOf("pool/data-00000000"), new byte[100_000], TestContext.Current.CancellationToken); // made ahead, not begun
        foreach (string dryRun in (string[])[" --dry-run", ""])
        {
            JsonElement repair = await pool.JsonAsync($"repair POOL ~/mended{dryRun}");
            Assert.True(repair.GetProperty("exact").GetBoolean());
            Assert.Equal("data-00000000", repair.GetProperty("filesLeftOut")[0].GetString());
        }

        Assert.Equal(0, (await pool.JsonAsync("pool info ~/mended")).GetProperty("pool").GetProperty("disks").GetInt32());
        Assert.Equal(IdOf(await pool.JsonAsync("pool info POOL")), IdOf(await pool.JsonAsync("pool info ~/mended")));
        Assert.True((await pool.JsonAsync("check ~/mended --data")).GetProperty("ok").GetBoolean());

        static string? IdOf(JsonElement info) => info.GetProperty("pool").GetProperty("id").GetString();
    }

    [Fact]
    public async Task Repair_WithTheSuperblocksOfTheBeginningPutBack_IsNotTakenForAPoolThatWasNeverWritten()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        string[] superblocks = [pool.FileOf("pool/superblock"), pool.FileOf("pool/superblock-copy")];
        byte[][] first = [.. superblocks.Select(File.ReadAllBytes)];
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        superblocks.Zip(first).ToList().ForEach(each => File.WriteAllBytes(each.First, each.Second));
        File.Delete(pool.FileOf("pool/data-00000000"));
        await pool.RefusedAsync("repair POOL ~/mended", 1, "pool-corrupted");
    }

    [Fact]
    public async Task Repair_IntoThePoolItself_IsRefused()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.RefusedAsync("repair POOL POOL", 1, "invalid-argument");
        await pool.RefusedAsync("repair POOL ~/pool/", 1, "invalid-argument");
        await pool.RefusedAsync("repair POOL POOL --dry-run", 1, "invalid-argument");
    }

    [Theory]
    [InlineData("--unix ~/none/socket", 1, "io", "there is no directory")]
    [InlineData("--tcp 0.0.0.0:0", 2, "usage", "--allow-plaintext")]
    public async Task Serve_WhereItCannotListen_SaysWhatIsMissing(string where, int exitCode, string code, string words)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.RefusedAsync($"serve POOL {where}", exitCode, code);
        Assert.Contains(words, (await pool.RunAsync($"serve POOL {where}")).Error);
    }

    [Fact]
    public async Task Output_ThatCannotBeWritten_IsAFailureWithItsCode()
    {
        const string Full = "/dev/full";
        Assert.SkipUnless(File.Exists(Full), $"There is no {Full}.");
        using CommandPool pool = await CommandPool.CreateAsync();
        foreach (string[] words in (string[][])[["pool", "info", pool.Path], ["pool", "info", pool.Path, "--json"]])
        {
            await using var output = new FileStream(Full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            var error = new StringWriter();
            Assert.Equal(1, await BlockSnapCommand.InvokeAsync(words, CommandConsole.OfStreams(Stream.Null, output, error), TestContext.Current.CancellationToken));
            Assert.EndsWith("[io]\n", error.ToString());
        }
    }

    [Fact]
    public async Task PoolInfo_CountsDisksAndSnapshots()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.JsonAsync("snapshot create POOL vm1@s1");

        JsonElement info = (await pool.JsonAsync("pool info POOL")).GetProperty("pool");

        Assert.Equal(pool.Path, info.GetProperty("path").GetString());
        Assert.Equal(1, info.GetProperty("disks").GetInt32());
        Assert.Equal(1, info.GetProperty("snapshots").GetInt32());
        Assert.True(Guid.TryParse(info.GetProperty("id").GetString(), out _));
        Assert.True(info.GetProperty("created").TryGetDateTimeOffset(out _));
    }

    [Theory]
    [InlineData("pool info ~/none")]
    [InlineData("disk list ~/none")]
    [InlineData("snapshot list ~/none vm1")]
    [InlineData("check ~/none")]
    [InlineData("usage ~/none")]
    [InlineData("compact ~/none")]
    public async Task Run_WithoutPool_IsRefusedAndMakesNone(string line)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.RefusedAsync(line, 1, "pool-not-found");
        Assert.False(Directory.Exists(pool.FileOf("none")));
    }

    [Fact]
    public async Task Run_OnPoolThatIsOpen_IsRefused()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await using DiskPool open = await pool.OpenAsync();
        await pool.RefusedAsync("disk list POOL", 1, "pool-in-use");
    }

    [Fact]
    public async Task Run_Cancelled_EndsWith1()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        CommandRun run = await pool.RunAsync("disk list POOL --json", cancellationToken: new CancellationToken(true));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("cancelled", run.ErrorCode);
    }

    [Fact]
    public async Task Check_OfSoundPool_IsOk()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 1);

        foreach (string line in new[] { "check POOL", "check POOL --data" })
        {
            JsonElement check = await pool.JsonAsync(line);
            Assert.True(check.GetProperty("ok").GetBoolean());
            Assert.Equal(0, check.GetProperty("errors").GetArrayLength());
            Assert.True(check.GetProperty("blocksChecked").GetInt64() > 0);
        }
    }

    [Fact]
    public async Task Compact_AfterDelete_LeavesContentAsItWas()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 64K");
        await pool.JsonAsync("disk create POOL vm2 --size 64K");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.WriteBlockAsync("vm2", 0, 2);
        await pool.JsonAsync("disk delete POOL vm2");
        byte[] before = await pool.ContentAsync("vm1");

        JsonElement compact = await pool.JsonAsync("compact POOL");

        Assert.True(compact.GetProperty("freedBytes").GetInt64() >= 0);
        Assert.True(compact.GetProperty("physicalBytes").GetInt64() >= 0);
        Assert.Equal(before, await pool.ContentAsync("vm1"));
    }

    [Fact]
    public async Task Usage_OfOneDisk_HasThatDiskAndThePoolsTotals()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.JsonAsync("disk create POOL vm2 --size 2M");
        await pool.WriteBlockAsync("vm2", 3, 3);

        JsonElement all = await pool.JsonAsync("usage POOL");
        JsonElement one = await pool.JsonAsync("usage POOL vm2");

        Assert.Equal(3 << 20, all.GetProperty("logicalBytes").GetInt64());
        Assert.Equal(2, all.GetProperty("disks").GetArrayLength());
        Assert.Equal(3 << 20, one.GetProperty("logicalBytes").GetInt64());
        JsonElement disk = Assert.Single(one.GetProperty("disks").EnumerateArray());
        Assert.Equal("vm2", disk.GetProperty("name").GetString());
        Assert.Equal(4096, disk.GetProperty("referencedBytes").GetInt64());
        Assert.Equal(4096, disk.GetProperty("exclusiveBytes").GetInt64());
        await pool.RefusedAsync("usage POOL vm3", 1, "disk-not-found");
        Assert.StartsWith("logical ", (await pool.RunAsync("usage POOL")).Output);
        Assert.StartsWith("DISK ", (await pool.RunAsync("usage POOL vm2")).Output); // what the pool takes is not that disk's
    }
}
