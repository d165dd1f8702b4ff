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
