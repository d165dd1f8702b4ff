using System.Text.Json;

namespace BlockSnap.Tests.Cli;

/// <summary>Policies, by the command.</summary>
public sealed class PolicyCommandTests
{
    [Fact]
    public async Task Policy_IsCreatedAppliedListedChangedPausedCanceledAndDeleted()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        JsonElement made = (await pool.JsonAsync("policy create POOL nightly --hours 14,2 --days mon,SATURDAY --zone Europe/Berlin --retain 9 --skip-unchanged")).GetProperty("policy");
        Assert.Equal([2, 14], made.GetProperty("hours").EnumerateArray().Select(hour => hour.GetInt32()));
        Assert.Equal(["monday", "saturday"], Texts(made.GetProperty("weekdays")));
        Assert.Equal(("Europe/Berlin", 9, false, true), (
            made.GetProperty("timeZone").GetString(), made.GetProperty("retentionDays").GetInt32(), made.GetProperty("skipUnused").GetBoolean(), made.GetProperty("skipUnchanged").GetBoolean()));
        await pool.JsonAsync("policy create POOL always --hours */6 --forever --skip-unused");

        JsonElement applied = (await pool.JsonAsync("policy apply POOL nightly a b --delete-with-disk")).GetProperty("disks");
        Assert.Equal(("b", "nightly", true), (applied[1].GetProperty("disk").GetString(), applied[1].GetProperty("policy").GetString(), applied[1].GetProperty("deletesSnapshotsWithDisk").GetBoolean()));
        JsonElement list = await pool.JsonAsync("policy list POOL");
        Assert.Equal(["a", "b"], Texts(list.GetProperty("policies")[1].GetProperty("disks")));
        Assert.False(list.GetProperty("policies")[0].TryGetProperty("retentionDays", out _));
        Assert.Equal(4, list.GetProperty("policies")[0].GetProperty("hours").GetArrayLength());
        Assert.True(list.GetProperty("policies")[0].GetProperty("skipUnused").GetBoolean());
        Assert.Contains("mon,sat", (await pool.RunAsync("policy list POOL")).Output);

        JsonElement changed = (await pool.JsonAsync("policy change POOL nightly --name weekly --days sun --skip-unchanged false --forever")).GetProperty("policy");
        Assert.Equal(("weekly", "sunday", false, false), (
            changed.GetProperty("name").GetString(), changed.GetProperty("weekdays")[0].GetString(), changed.GetProperty("skipUnchanged").GetBoolean(), changed.TryGetProperty("retentionDays", out _)));
        Assert.Equal(2, changed.GetProperty("hours").GetArrayLength());

        Assert.False((await pool.JsonAsync("policy apply POOL weekly b --keep-after-disk")).GetProperty("disks")[0].GetProperty("deletesSnapshotsWithDisk").GetBoolean());
        Assert.True((await pool.JsonAsync("policy pause POOL a")).GetProperty("disks")[0].GetProperty("paused").GetBoolean());
        Assert.False((await pool.JsonAsync("policy resume POOL a")).GetProperty("disks")[0].GetProperty("paused").GetBoolean());
        Assert.False((await pool.JsonAsync("policy cancel POOL a")).GetProperty("disks")[0].TryGetProperty("policy", out _));
        Assert.Equal(["b"], Texts((await pool.JsonAsync("policy delete POOL weekly --dry-run")).GetProperty("disks")));
        Assert.Contains("b", (await pool.RunAsync("policy delete POOL weekly")).Output);
        Assert.Equal(1, (await pool.JsonAsync("policy list POOL")).GetProperty("policies").GetArrayLength());
    }

    [Fact]
    public async Task Run_MakesWhatIsDue_AndSaysWhatFailed()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        await using (DiskPool opened = await DiskPool.OpenAsync(pool.Path, new DiskPoolOptions { TimeProvider = new ManualTime() }))
        {
            await opened.Policies.CreateAsync(new SnapshotPolicy { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)] });
            await opened.Policies.ApplyAsync("hourly", ["a", "b"]); // long ago, by the clock of the command
        }

        JsonElement dry = await pool.JsonAsync("policy run POOL --dry-run");
        Assert.Equal((2, true), (dry.GetProperty("outcomes").GetArrayLength(), dry.GetProperty("dryRun").GetBoolean()));
        JsonElement run = await pool.JsonAsync("policy run POOL");
        Assert.All(run.GetProperty("outcomes").EnumerateArray(), outcome => Assert.Equal("created", outcome.GetProperty("status").GetString()));
        Assert.Equal(0, run.GetProperty("expired").GetProperty("expired").GetArrayLength());
        JsonElement snapshot = (await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots")[0];
        Assert.Equal("automatic", snapshot.GetProperty("kind").GetString());
        Assert.Equal(run.GetProperty("outcomes")[0].GetProperty("snapshot").GetString(), snapshot.GetProperty("name").GetString());
        Assert.Equal(0, (await pool.JsonAsync("policy run POOL")).GetProperty("outcomes").GetArrayLength());

        await pool.JsonAsync("policy cancel POOL a b");
        await using (DiskPool opened = await DiskPool.OpenAsync(pool.Path, new DiskPoolOptions { TimeProvider = new ManualTime(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero)), SnapshotQuota = SnapshotQuota.Unlimited }))
        {
            await opened.Policies.CreateAsync(new SnapshotPolicy { Name = "other", Hours = [3] });
            await opened.Policies.ApplyAsync("other", ["a"]);
            ISnapshotChain chain = opened.OpenChain("a");
            for (int i = 0; i < 64; i++)
            {
                await chain.CreateAsync($"manual-{i}");
            }
        }

        CommandRun failed = await pool.RunAsync("policy run POOL --json");
        Assert.Equal(1, failed.ExitCode);
        JsonElement outcome = failed.Json.GetProperty("outcomes")[0];
        Assert.Equal(("failed", "quota-exceeded"), (outcome.GetProperty("status").GetString(), outcome.GetProperty("error").GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("policy create POOL nightly", 2, "usage")]
    [InlineData("policy create POOL nightly --hours 24", 2, "usage")]
    [InlineData("policy create POOL nightly --hours 2,2", 2, "usage")]
    [InlineData("policy create POOL nightly --hours */0", 2, "usage")]
    [InlineData("policy create POOL nightly --hours 2 --days mo", 2, "usage")]
    [InlineData("policy create POOL nightly --hours 2 --retain 3 --forever", 2, "usage")]
    [InlineData("policy create POOL nightly --hours 2 --zone Nowhere", 1, "invalid-argument")]
    [InlineData("policy create POOL 1st --hours 2", 1, "invalid-argument")]
    [InlineData("policy create POOL there --hours 2", 1, "policy-exists")]
    [InlineData("policy apply POOL none a", 1, "policy-not-found")]
    [InlineData("policy apply POOL there none", 1, "disk-not-found")]
    [InlineData("policy apply POOL there", 2, "usage")]
    [InlineData("policy apply POOL there a --delete-with-disk --keep-after-disk", 2, "usage")]
    [InlineData("policy delete POOL none --dry-run", 1, "policy-not-found")]
    [InlineData("policy change POOL none --hours 3", 1, "policy-not-found")]
    public async Task Misuse_IsRefused(string line, int exitCode, string code)
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("policy create POOL there --hours 2");

        await pool.RefusedAsync(line, exitCode, code);
    }

    private static async Task<CommandPool> CreateAsync(params string[] disks)
    {
        CommandPool pool = await CommandPool.CreateAsync();
        foreach (string disk in disks)
        {
            await pool.JsonAsync($"disk create POOL {disk} --size 64K");
        }

        return pool;
    }

    private static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(item => item.GetString());
}
