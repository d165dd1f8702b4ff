using System.Net;
using BlockSnap.Nbd;

namespace BlockSnap.Tests.Cli;

/// <summary>Exit code 2: what makes no sense whatever the pool holds. None of these may touch the pool, so none exists.</summary>
public class MisuseTests
{
    [Theory]
    [InlineData("snapshot create P d@s --retain x")]
    [InlineData("snapshot create P d@s --hook-timeout 5s")]
    [InlineData("snapshot delete P d@s --trash 1.5")]
    [InlineData("snapshot find P --limit x")]
    [InlineData("snapshot lock P d@s --days x")]
    [InlineData("snapshot lock P d@s --days 1 --cool-off x")]
    [InlineData("snapshot retention P d@s --days x")]
    [InlineData("policy create P p --hours 2 --retain x")]
    [InlineData("events P --last 99999999999")]
    [InlineData("serve P --max-connections x")]
    [InlineData("serve P --poll-time x")]
    public async Task Run_NoNumberWhereOneIsDue_EndsWith2AndSpeaksOfNoTypes(string line)
    {
        CommandRun run = await CommandRun.OfAsync(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(" is no whole number. [usage]", run.Error);
    }

    // These were refused by the pool in terms of its code, some with exit code 1, and a dry run let some of them pass.
    [Theory]
    [InlineData("snapshot create P d@s --retain 0", "--retain is 1 to 65536, not 0.")]
    [InlineData("snapshot create P d@s --hook-timeout 3541", "--hook-timeout is 1 to 3540, not 3541.")]
    [InlineData("snapshot delete P d@s --trash -1 --dry-run", "--trash is 0 to 3660, not -1.")]
    [InlineData("snapshot delete P d@s --trash 99999999", "--trash is 0 to 3660, not 99999999.")]
    [InlineData("group delete P g --trash 3661", "--trash is 0 to 3660, not 3661.")]
    [InlineData("snapshot find P --limit 0", "--limit is 1 to 1000, not 0.")]
    [InlineData("snapshot find P --limit 1001", "--limit is 1 to 1000, not 1001.")]
    [InlineData("snapshot lock P d@s --days 36501", "--days is 1 to 36500, not 36501.")]
    [InlineData("snapshot lock P d@s --days 1 --cool-off 73", "--cool-off is 0 to 72, not 73.")]
    [InlineData("snapshot retention P d@s --days 65537", "--days is 1 to 65536, not 65537.")]
    [InlineData("policy create P p --hours 2 --retain 0", "--retain is 1 to 65536, not 0.")]
    [InlineData("events P --last -1", "--last is at least 0, not -1.")]
    [InlineData("scrub P --rate 4095", "--rate is at least 4096, not 4095.")]
    [InlineData("scrub P --limit 0", "--limit is at least 1, not 0.")]
    [InlineData("scrub P --from -1", "'-1' is no position of a scrub.")]
    [InlineData("serve P --unix s --max-connections 0", "--max-connections is 1 to 10000, not 0.")]
    [InlineData("serve P --unix s --poll-time 1001", "--poll-time is 0 to 1000, not 1001.")]
    public async Task Run_NumberOutOfRange_EndsWith2AndSaysTheRange(string line, string message)
    {
        CommandRun run = await CommandRun.OfAsync(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"blocksnap: {message} [usage]\nSee: blocksnap {line.Split(" P ")[0]} --help", run.Error);
    }

    // What the command line takes the library takes.
    [Fact]
    public async Task Run_EndsOfTheRanges_AreTaken()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL d --size 1M");
        await pool.JsonAsync("snapshot create POOL d@s1 --retain 65536 --before true --hook-timeout 3540");
        await pool.JsonAsync("snapshot create POOL d@s2 --retain 1 --before true --hook-timeout 1");
        await pool.JsonAsync("snapshot retention POOL d@s1 --days 65536");
        await pool.JsonAsync("snapshot find POOL --limit 1000");
        await pool.JsonAsync("snapshot lock POOL d@s1 --days 36500 --cool-off 72");
        await pool.JsonAsync("snapshot delete POOL d@s2 --trash 3660");
        await pool.JsonAsync("policy create POOL pp --hours 2 --retain 65536");
        await pool.JsonAsync("scrub POOL --rate 4096 --limit 1");
        var served = new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], ConnectionCountMax = 10_000, PollTime = TimeSpan.FromMicroseconds(1000) };
        await using DiskPool opened = await pool.OpenAsync();
        await NbdServer.Start(opened, served).DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("disk")]
    [InlineData("disk crate P d")]
    [InlineData("serve-nothing P")]
    [InlineData("pool create")]
    [InlineData("pool create P Q")]
    [InlineData("pool info P --bogus")]
    [InlineData("disk create P d")]
    [InlineData("disk create P d --size")]
    [InlineData("disk create P d --size -1")]
    [InlineData("disk create P d --size 1.5G")]
    [InlineData("disk create P d --size ten")]
    [InlineData("disk create P d --size 99999999999999999999")]
    [InlineData("disk create P d --size 8388608T")]
    [InlineData("disk create P d --size 1M --size 2M")]
    [InlineData("disk create P d --size 1M --block-size 1000")]
    [InlineData("disk create P d --size 1M --block-size 256")]
    [InlineData("disk create P d --size 1M --block-size 2MiB")]
    [InlineData("disk resize P d")]
    [InlineData("disk resize P d@s --size 1M")]
    [InlineData("disk show P d@s")]
    [InlineData("disk delete P d@s")]
    [InlineData("disk clone P d new")]
    [InlineData("disk clone P d@s")]
    [InlineData("disk update P d@s f")]
    [InlineData("disk export P d@s@t f")]
    [InlineData("disk export P d@ f")]
    [InlineData("disk export P d")]
    [InlineData("snapshot create P d")]
    [InlineData("snapshot create P @s")]
    [InlineData("snapshot create P d@")]
    [InlineData("snapshot create P d@s --tag novalue")]
    [InlineData("snapshot create P d@s --tag =v")]
    [InlineData("snapshot create P d@s --tag k=1 --tag k=2")]
    [InlineData("snapshot list P d@s")]
    [InlineData("snapshot delete P")]
    [InlineData("snapshot delete P d@s d")]
    [InlineData("snapshot rollback P d")]
    [InlineData("snapshot undo-rollback P d@s")]
    [InlineData("snapshot diff P d@s")]
    [InlineData("snapshot diff P d@s -")]
    [InlineData("check")]
    [InlineData("usage P d e")]
    public async Task Run_CommandLineWithoutSense_EndsWith2AndSaysUsage(string line)
    {
        string[] args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        CommandRun text = await CommandRun.OfAsync(args);
        Assert.Equal(2, text.ExitCode);
        Assert.Equal("", text.Output);
        Assert.Contains("[usage]", text.Error);

        CommandRun json = await CommandRun.OfAsync([.. args, "--json"]);
        Assert.Equal(2, json.ExitCode);
        Assert.Equal("usage", json.ErrorCode);
        Assert.Equal("", json.Error);
    }

    [Fact]
    public async Task Run_EmptyWords_EndsWith2()
    {
        Assert.Equal(2, (await CommandRun.OfAsync(["pool", "info", ""])).ExitCode);
        Assert.Equal(2, (await CommandRun.OfAsync(["snapshot", "list", "P", ""])).ExitCode);
    }

    [Fact]
    public async Task Run_WordThatStartsWithAt_IsNoResponseFile()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "check P");
            Assert.Equal(2, (await CommandRun.OfAsync(["@" + file])).ExitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Export_ToOutputWithJson_IsRefusedBeforeThePoolIsOpened()
    {
        CommandRun run = await CommandRun.OfAsync(["disk", "export", "/nonexistent", "vm1", "-", "--json"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("usage", run.ErrorCode);
    }
}
