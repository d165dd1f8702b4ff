using System.Text.Json;

namespace BlockSnap.Tests.Cli;

/// <summary>Groups, images, holds, locks, the trash and retention, by the command.</summary>
public sealed class LifeCommandTests
{
    [Fact]
    public async Task Group_IsCreatedListedRolledBackUndoneAndDeleted()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        JsonElement made = (await pool.JsonAsync("group create POOL g1 a b --retain 3 --tag k=v")).GetProperty("group");
        Assert.Equal(["a@g1", "b@g1"], Texts(made.GetProperty("snapshots")));
        Assert.Equal(("g1", "crash"), (made.GetProperty("name").GetString(), made.GetProperty("consistency").GetString()));
        await pool.WriteBlockAsync("a", 0, 9);
        await pool.WriteBlockAsync("b", 0, 9);

        JsonElement back = await pool.JsonAsync("group rollback POOL g1");
        Assert.Equal(["a", "b"], Texts(back.GetProperty("rolledBack")));
        Assert.Equal(1, (await pool.ContentAsync("b"))[0]);
        await pool.JsonAsync("group rollback POOL g1 --undo");
        Assert.Equal(9, (await pool.ContentAsync("a"))[0]);
        await pool.JsonAsync("snapshot delete POOL b@g1");
        await pool.RefusedAsync("group rollback POOL g1", 1, "conflict");
        back = await pool.JsonAsync("group rollback POOL g1 --per-disk");
        Assert.Equal(["a"], Texts(back.GetProperty("rolledBack")));
        Assert.True(back.GetProperty("refused").TryGetProperty("b", out _));

        Assert.Equal(["a@g1"], Texts((await pool.JsonAsync("group list POOL")).GetProperty("groups")[0].GetProperty("snapshots")));
        Assert.Contains("a@g1", (await pool.RunAsync("group list POOL")).Output);
        Assert.True((await pool.JsonAsync("group delete POOL g1 --dry-run")).GetProperty("dryRun").GetBoolean());
        Assert.Equal(["a@g1"], Texts((await pool.JsonAsync("group delete POOL g1")).GetProperty("deleted")));
        Assert.Equal(0, (await pool.JsonAsync("group list POOL")).GetProperty("groups").GetArrayLength());
        await pool.RefusedAsync("group delete POOL g1", 1, "group-not-found");
        await pool.RefusedAsync("group create POOL g1", 2, "usage");
    }

    [Fact]
    public async Task Rollbacks_AreToldBeforeTheyAreDone_AndChangeNothingThen()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        await pool.JsonAsync("group create POOL g1 a b");
        await pool.WriteBlockAsync("a", 0, 9);

        JsonElement plan = await pool.JsonAsync("group rollback POOL g1 --dry-run");
        Assert.True(plan.GetProperty("dryRun").GetBoolean());
        Assert.Equal(["a", "b"], Texts(plan.GetProperty("rolledBack")));
        Assert.Equal(9, (await pool.ContentAsync("a"))[0]);
        await pool.RefusedAsync("group rollback POOL g1 --undo --dry-run", 1, "conflict");
        await pool.JsonAsync("group rollback POOL g1");
        Assert.Equal(["a", "b"], Texts((await pool.JsonAsync("group rollback POOL g1 --undo --dry-run")).GetProperty("rolledBack")));

        plan = await pool.JsonAsync("snapshot undo-rollback POOL a --dry-run");
        Assert.Equal(4096, plan.GetProperty("changedBytes").GetInt64());
        Assert.Equal(1, (await pool.ContentAsync("a"))[0]);
        await pool.JsonAsync("snapshot delete POOL b@g1");
        await pool.RefusedAsync("group rollback POOL g1 --dry-run", 1, "conflict"); // it printed its plan, and no error
        Assert.Contains("'b': ", (await pool.RunAsync("group rollback POOL g1 --dry-run")).Error);
        Assert.Contains("Would take a back", (await pool.RunAsync("group rollback POOL g1 --dry-run --per-disk")).Output);

        plan = await pool.JsonAsync("disk resize POOL a --size 0 --dry-run");
        Assert.Equal(4096, plan.GetProperty("cutBytes").GetInt64());
        Assert.Equal(1, (await pool.ContentAsync("a"))[0]);
        await pool.JsonAsync("disk create POOL c --size 1M");
        await pool.RefusedAsync("snapshot undo-rollback POOL c --dry-run", 1, "conflict");
    }

    [Fact]
    public async Task Delete_OfSnapshotsOfSeveralDisks_IsToldExactlyBeforeItIsDone()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.JsonAsync("disk clone POOL a@s1 b");
        await pool.JsonAsync("snapshot create POOL b@s1");
        await pool.WriteBlockAsync("a", 0, 8);
        await pool.WriteBlockAsync("b", 0, 9);

        // Who reads that the clone is in the way must not think that it has to go.
        Assert.Contains("with force leaves them working", (await pool.RunAsync("snapshot delete POOL a@s1")).Error);

        // The block that both share goes with the two of them only.
        Assert.Equal(0, (await pool.JsonAsync("snapshot delete POOL a@s1 --force --dry-run")).GetProperty("freedBytes").GetInt64());
        Assert.Equal(4096, (await pool.JsonAsync("snapshot delete POOL a@s1 b@s1 --force --dry-run")).GetProperty("freedBytes").GetInt64());
        Assert.Equal(4096, (await pool.JsonAsync("snapshot delete POOL a@s1 b@s1 --force")).GetProperty("freedBytes").GetInt64());
    }

    [Fact]
    public async Task R45_HooksAreCommands_AndTheLevelIsRecorded()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        JsonElement made = await SnapshotAsync("a@s1", "--before", $"echo before >> {pool.FileOf("log")}", "--after", $"echo after >> {pool.FileOf("log")}");
        Assert.Equal("application", made.GetProperty("snapshot").GetProperty("consistency").GetString());
        Assert.Equal("before\nafter\n", await File.ReadAllTextAsync(pool.FileOf("log"), TestContext.Current.CancellationToken));
        made = await SnapshotAsync("a@s2", "--before", "true", "--file-system");
        Assert.Equal("file-system", made.GetProperty("snapshot").GetProperty("consistency").GetString());

        // What fails, or takes too long, leaves a snapshot as after a crash, or none.
        CommandRun run = await RunAsync("snapshot", "create", pool.Path, "a@s3", "--json", "--before", "echo in the way; exit 3");
        Assert.Equal(0, run.ExitCode);
        Assert.False(run.Json.GetProperty("snapshot").TryGetProperty("consistency", out _));
        Assert.Contains("in the way", run.Error);
        Assert.Contains("exit code 3", run.Error);
        run = await RunAsync("group", "create", pool.Path, "g1", "a", "b", "--json", "--before", "sleep 1000", "--hook-timeout", "1", "--require-hook");
        Assert.Equal((1, "hook-failed"), (run.ExitCode, run.ErrorCode));
        Assert.Contains("took longer than 1 s and was killed", run.Error);
        Assert.Equal(0, (await pool.JsonAsync("group list POOL")).GetProperty("groups").GetArrayLength());
        run = await RunAsync("snapshot", "create", pool.Path, "b@s1", "--json", "--after", "exit 1");
        Assert.Equal((1, "hook-failed"), (run.ExitCode, run.ErrorCode));
        Assert.Equal(1, (await pool.JsonAsync("snapshot list POOL b")).GetProperty("snapshots").GetArrayLength());
        await pool.RefusedAsync("snapshot create POOL a@s9 --require-hook", 2, "usage");
        await pool.RefusedAsync("snapshot create POOL a@s9 --after true --hook-timeout 0", 2, "usage");

        async Task<JsonElement> SnapshotAsync(string name, params string[] hooks)
        {
            CommandRun done = await RunAsync(["snapshot", "create", pool.Path, name, "--json", .. hooks]);
            Assert.Equal((0, ""), (done.ExitCode, done.Error));
            return done.Json;
        }

        static Task<CommandRun> RunAsync(params string[] words) => CommandRun.OfAsync(words);
    }

    [Fact]
    public async Task Quota_IsShownSetAndHeld()
    {
        using CommandPool pool = await CreateAsync("a");
        Assert.Equal("""{"maximum":64}""", (await pool.JsonAsync("pool quota POOL")).GetProperty("pool").GetProperty("quota").GetRawText());
        Assert.Contains("1 manual, 2 automatic", (await pool.RunAsync("pool quota POOL 1+2")).Output);
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.RefusedAsync("snapshot create POOL a@s2", 1, "quota-exceeded");
        Assert.Equal("{}", (await pool.JsonAsync("pool quota POOL none")).GetProperty("pool").GetProperty("quota").GetRawText());
        await pool.JsonAsync("snapshot create POOL a@s2");
        Assert.Contains("any number", (await pool.RunAsync("pool info POOL")).Output);
        await pool.RefusedAsync("pool quota POOL 0", 2, "usage");
        await pool.RefusedAsync("pool quota POOL 1+2+3", 2, "usage");
    }

    [Fact]
    public async Task Find_CombinesConditions_AndGoesOnPageByPage()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        await pool.JsonAsync("snapshot create POOL a@s1 --tag team=web");
        await pool.JsonAsync("snapshot create POOL b@s1 --tag team=db");
        await pool.JsonAsync("snapshot create POOL b@s2 --tag team=web --retain 3");
        await pool.JsonAsync("image create POOL golden b@s2");

        Assert.Equal(["a@s1", "b@s1", "b@s2"], Found(await pool.JsonAsync("snapshot find POOL")));
        Assert.Equal(["a@s1", "b@s2"], Found(await pool.JsonAsync("snapshot find POOL --tag team=web --kind manual --status accomplished")));
        Assert.Equal(["b@s2"], Found(await pool.JsonAsync("snapshot find POOL --used-by image --disk b")));
        Assert.Equal(["a@s1", "b@s1"], Found(await pool.JsonAsync("snapshot find POOL --used-by none --from 2020-01-01")));
        Assert.Empty(Found(await pool.JsonAsync("snapshot find POOL --before 2020-01-01T00:00:00Z")));
        JsonElement page = await pool.JsonAsync("snapshot find POOL --name s1 --limit 1");
        Assert.Equal(["a@s1"], Found(page));
        page = await pool.JsonAsync($"snapshot find POOL --name s1 --limit 1 --next {page.GetProperty("next").GetString()}");
        Assert.Equal(["b@s1"], Found(page));
        Assert.False(page.TryGetProperty("next", out _));

        await pool.JsonAsync("disk delete POOL a");
        Assert.Equal(["a@s1"], Found(await pool.JsonAsync("snapshot find POOL --disk a")));
        Assert.Contains("until 20", (await pool.RunAsync("snapshot find POOL --name s2")).Output);
        await pool.RefusedAsync("snapshot find POOL --kind sometimes", 2, "usage");
        await pool.RefusedAsync("snapshot find POOL --from yesterday", 2, "usage");
        await pool.RefusedAsync("snapshot find POOL --limit 0", 2, "usage");
        await pool.RefusedAsync("snapshot find POOL --disk c", 1, "disk-not-found");

        static string[] Found(JsonElement page) =>
            [.. page.GetProperty("snapshots").EnumerateArray().Select(each => $"{each.GetProperty("disk").GetString()}@{each.GetProperty("name").GetString()}")];
    }

    [Fact]
    public async Task Image_IsCreatedListedClonedAndDeleted()
    {
        using CommandPool pool = await CreateAsync("a", "b");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.JsonAsync("snapshot create POOL b@s1");

        JsonElement made = (await pool.JsonAsync("image create POOL golden a@s1 b@s1 --description first")).GetProperty("image");
        Assert.Equal(["a@s1", "b@s1"], Texts(made.GetProperty("snapshots")));
        await pool.RefusedAsync("image create POOL golden a@s1", 1, "image-exists");
        await pool.RefusedAsync("image create POOL other a@s0", 1, "snapshot-not-found");
        await pool.RefusedAsync("snapshot delete POOL a@s1 --force", 1, "snapshot-in-use");
        Assert.Equal("first", (await pool.JsonAsync("image list POOL")).GetProperty("images")[0].GetProperty("description").GetString());

        Assert.Equal(["c", "d"], Texts((await pool.JsonAsync("image clone POOL golden c d")).GetProperty("disks")));
        Assert.Equal(1, (await pool.ContentAsync("d"))[0]);
        Assert.Equal(["golden"], Texts((await pool.JsonAsync("image delete POOL golden")).GetProperty("deleted")));
        await pool.RefusedAsync("image delete POOL golden", 1, "image-not-found");
        await pool.JsonAsync("snapshot delete POOL a@s1 --force");
    }

    [Fact]
    public async Task Pool_IsSuspendedResumedAndPurged()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);
        await pool.JsonAsync("snapshot create POOL a@s2");
        await pool.JsonAsync("snapshot hold POOL a@s2 audit");

        Assert.Equal("moving", (await pool.JsonAsync("pool suspend POOL moving")).GetProperty("pool").GetProperty("suspended").GetString());
        await pool.RefusedAsync("snapshot create POOL a@s3", 1, "pool-suspended");
        Assert.Contains("moving", (await pool.RunAsync("pool info POOL")).Output);
        Assert.False((await pool.JsonAsync("pool resume POOL")).GetProperty("pool").TryGetProperty("suspended", out _));
        await pool.JsonAsync("snapshot create POOL a@s3");

        JsonElement plan = await pool.JsonAsync("pool purge POOL --dry-run");
        Assert.Equal(["a@s1", "a@s3"], Texts(plan.GetProperty("deleted")));
        Assert.Equal(4096, plan.GetProperty("freedBytes").GetInt64());
        Assert.Equal(["a@s1", "a@s3"], Texts((await pool.JsonAsync("pool purge POOL")).GetProperty("deleted")));
        Assert.Equal(1, (await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots").GetArrayLength());
    }

    [Fact]
    public async Task Reinitialize_MakesADiskWhatItWasAtFirst_AndUndoNamesAnyStateBefore()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.JsonAsync("disk clone POOL a@s1 b");
        await pool.WriteBlockAsync("b", 0, 9);

        JsonElement plan = await pool.JsonAsync("disk reinitialize POOL b --dry-run");
        Assert.Equal(("a@s1", 4096), (plan.GetProperty("snapshot").GetString(), plan.GetProperty("changedBytes").GetInt64()));
        Assert.Equal(9, (await pool.ContentAsync("b"))[0]);
        await pool.JsonAsync("disk reinitialize POOL b");
        Assert.Equal(1, (await pool.ContentAsync("b"))[0]);
        await pool.WriteBlockAsync("b", 0, 8);
        await pool.JsonAsync("disk reinitialize POOL b");

        JsonElement points = (await pool.JsonAsync("snapshot list POOL b")).GetProperty("undoPoints");
        Assert.Equal(2, points.GetArrayLength());
        string first = points[0].GetProperty("name").GetString()!;
        Assert.Contains(first, (await pool.RunAsync("snapshot list POOL b")).Output);
        Assert.Equal(first, (await pool.JsonAsync($"snapshot undo-rollback POOL b --to {first}")).GetProperty("snapshot").GetString());
        Assert.Equal(9, (await pool.ContentAsync("b"))[0]);
        await pool.RefusedAsync($"snapshot undo-rollback POOL b --to {first}", 1, "snapshot-not-found");
        Assert.Equal(JsonValueKind.Null, (await pool.JsonAsync("disk reinitialize POOL a")).GetProperty("snapshot").ValueKind);
        Assert.Equal(0, (await pool.ContentAsync("a"))[0]);
    }

    [Fact]
    public async Task Synchronize_GoesBackAndMakesADiskOfThePresent()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);

        JsonElement plan = await pool.JsonAsync("snapshot synchronize POOL a@s1 before-sync present --dry-run");
        Assert.Equal(("before-sync", "present", true), (plan.GetProperty("present").GetString(), plan.GetProperty("newDisk").GetString(), plan.GetProperty("dryRun").GetBoolean()));
        await pool.RefusedAsync("snapshot synchronize POOL a@s1 s1 present --dry-run", 1, "snapshot-exists");
        await pool.RefusedAsync("disk show POOL present", 1, "disk-not-found");
        JsonElement done = await pool.JsonAsync("snapshot synchronize POOL a@s1 before-sync present");
        Assert.Equal(("before-sync", "present"), (done.GetProperty("present").GetString(), done.GetProperty("newDisk").GetString()));
        Assert.Equal((1, 9, 9), ((await pool.ContentAsync("a"))[0], (await pool.ContentAsync("present"))[0], (await pool.ContentAsync("a@before-sync"))[0]));
        await pool.RefusedAsync("snapshot synchronize POOL a@s1 before-sync other", 1, "snapshot-exists");
    }

    [Fact]
    public async Task Retention_IsChangedAndTakenOff()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");

        Assert.True((await pool.JsonAsync("snapshot retention POOL a@s1 --days 90")).TryGetProperty("expires", out _));
        Assert.True((await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots")[0].TryGetProperty("expires", out _));
        Assert.False((await pool.JsonAsync("snapshot retention POOL a@s1")).TryGetProperty("expires", out _));
        Assert.Contains("never expires", (await pool.RunAsync("snapshot retention POOL a@s1")).Output);
        await pool.RefusedAsync("snapshot retention POOL a@s1 --days 0", 2, "usage");
    }

    [Fact]
    public async Task Usage_ShowsWhatIsSharedAndWhatIsAlone()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);

        JsonElement usage = await pool.JsonAsync("usage POOL");
        Assert.Equal((8192, 8192, 0), (usage.GetProperty("referencedBytes").GetInt64(), usage.GetProperty("exclusiveBytes").GetInt64(), usage.GetProperty("sharedBytes").GetInt64()));
        Assert.Equal(4096, usage.GetProperty("disks")[0].GetProperty("snapshotExclusiveBytes").GetInt64());
        Assert.Contains("shared", (await pool.RunAsync("usage POOL")).Output);
    }

    [Fact]
    public async Task Hold_AndRelease_KeepAndFreeASnapshot()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");

        Assert.Equal(["audit"], Texts((await pool.JsonAsync("snapshot hold POOL a@s1 audit")).GetProperty("holds")));
        await pool.RefusedAsync("snapshot delete POOL a@s1", 1, "snapshot-in-use");
        Assert.Equal(["audit"], Texts((await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots")[0].GetProperty("holds")));
        Assert.Contains("has no holds", (await pool.RunAsync("snapshot release POOL a@s1 audit")).Output);
        await pool.RefusedAsync("snapshot release POOL a@s1 audit", 1, "conflict");
        await pool.JsonAsync("snapshot delete POOL a@s1");
    }

    [Fact]
    public async Task Lock_KeepsASnapshotAndCanBeTakenOffInItsCoolOffOnly()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.JsonAsync("snapshot create POOL a@s2");

        Assert.True((await pool.JsonAsync("snapshot lock POOL a@s1 --days 3 --cool-off 24")).TryGetProperty("coolOffUntil", out _));
        await pool.RefusedAsync("snapshot delete POOL a@s1 --force", 1, "snapshot-locked");
        await pool.JsonAsync("snapshot unlock POOL a@s1");
        await pool.JsonAsync("snapshot delete POOL a@s1");
        Assert.False((await pool.JsonAsync("snapshot lock POOL a@s2 --days 3")).TryGetProperty("coolOffUntil", out _)); // there is none
        Assert.Matches(@"^a@s2 is locked until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\.\n", (await pool.RunAsync("snapshot lock POOL a@s2 --days 4")).Output);
        await pool.RefusedAsync("snapshot unlock POOL a@s2", 1, "snapshot-locked");
        await pool.RefusedAsync("snapshot lock POOL a@s2 --days 2", 1, "snapshot-locked");
        await pool.RefusedAsync("snapshot lock POOL a@s2 --days 0", 2, "usage");
        await pool.RefusedAsync("snapshot lock POOL a@s2", 2, "usage");
        Assert.True((await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots")[0].TryGetProperty("lockedUntil", out _));
    }

    [Theory]
    [InlineData("snapshot hold POOL a@g1 audit", "snapshot-in-use", true)]
    [InlineData("snapshot lock POOL a@g1 --days 1", "snapshot-locked", true)]
    [InlineData("image create POOL i1 a@g1", "snapshot-in-use", true)]
    [InlineData("disk clone POOL a@g1 copy", "snapshot-in-use", false)]
    public async Task Delete_OfWhatSomethingKeeps_IsRefusedByTheDryRunToo(string keep, string code, bool alsoWithForce)
    {
        using CommandPool pool = await CreateAsync("a", "b");
        await pool.JsonAsync("group create POOL g1 a b");
        await pool.JsonAsync(keep);
        foreach (string dryRun in (string[])[" --dry-run", ""])
        {
            await pool.RefusedAsync($"snapshot delete POOL b@g1 a@g1{dryRun}", 1, code);
            await pool.RefusedAsync($"group delete POOL g1{dryRun}", 1, code);
        }

        foreach (string line in (string[])["snapshot delete POOL b@g1 a@g1", "group delete POOL g1"])
        {
            Assert.Equal(alsoWithForce ? 1 : 0, (await pool.RunAsync($"{line} --force --dry-run")).ExitCode);
        }

        Assert.Equal(1, (await pool.JsonAsync("snapshot list POOL b")).GetProperty("snapshots").GetArrayLength());
    }

    [Fact]
    public async Task ImageDelete_DryRun_ChangesNothing()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.JsonAsync("image create POOL i1 a@s1");

        Assert.True((await pool.JsonAsync("image delete POOL i1 --dry-run")).GetProperty("dryRun").GetBoolean());
        Assert.Equal(1, (await pool.JsonAsync("image list POOL")).GetProperty("images").GetArrayLength());
        await pool.RefusedAsync("image delete POOL i2 --dry-run", 1, "image-not-found");
        await pool.RefusedAsync("image clone POOL i1 x y", 1, "invalid-argument");
        Assert.Contains("makes 1 disk;", (await pool.RunAsync("image clone POOL i1 x y")).Error);
    }

    [Fact]
    public async Task Delete_IntoTheTrash_CanBeUndeleted()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);

        foreach (string dryRun in (string[])[" --dry-run", ""])
        {
            JsonElement deleted = await pool.JsonAsync($"snapshot delete POOL a@s1 --trash 7{dryRun}");
            Assert.Equal((0, 4096), (deleted.GetProperty("freedBytes").GetInt64(), deleted.GetProperty("trashBytes").GetInt64()));
        }

        JsonElement list = await pool.JsonAsync("snapshot list POOL a");
        Assert.Equal(0, list.GetProperty("snapshots").GetArrayLength());
        Assert.Equal("s1", list.GetProperty("trash")[0].GetProperty("name").GetString());
        await pool.RefusedAsync("disk export POOL a@s1 ~/gone.raw", 1, "snapshot-not-found");
        Assert.Equal("s1", (await pool.JsonAsync("snapshot undelete POOL a@s1")).GetProperty("snapshot").GetProperty("name").GetString());
        Assert.Equal(1, (await pool.ContentAsync("a@s1"))[0]);
        await pool.RefusedAsync("snapshot undelete POOL a@s1", 1, "snapshot-not-found");
    }

    [Fact]
    public async Task Delete_OfUnknownNames_CanIgnoreThem()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");

        await pool.RefusedAsync("snapshot delete POOL a@s1 a@s0", 1, "snapshot-not-found");
        Assert.Equal(["a@s1"], Texts((await pool.JsonAsync("snapshot delete POOL a@s1 a@s0 gone@s1 --ignore-unknown")).GetProperty("deleted")));
        await pool.RefusedAsync("snapshot delete POOL gone@s1", 1, "disk-not-found");
    }

    [Fact]
    public async Task Create_WithAToken_IsHarmlessWhenRepeated()
    {
        using CommandPool pool = await CreateAsync("a");
        string? first = (await pool.JsonAsync("snapshot create POOL a@s1 --token call-1")).GetProperty("snapshot").GetProperty("id").GetString();

        Assert.Equal(first, (await pool.JsonAsync("snapshot create POOL a@s1 --token call-1")).GetProperty("snapshot").GetProperty("id").GetString());
        await pool.RefusedAsync("snapshot create POOL a@s2 --token call-1", 1, "conflict");
    }

    [Fact]
    public async Task Expire_TellsWhatIsDueAndSparesTheRest()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1 --retain 1");

        JsonElement none = await pool.JsonAsync("snapshot expire POOL --dry-run");
        Assert.Equal(0, none.GetProperty("expired").GetArrayLength());
        Assert.True(none.GetProperty("dryRun").GetBoolean());
        Assert.Equal(0, (await pool.JsonAsync("snapshot expire POOL")).GetProperty("kept").GetArrayLength());
        await pool.RefusedAsync("snapshot create POOL a@s2 --retain 0", 2, "usage");
    }

    private static async Task<CommandPool> CreateAsync(params string[] disks)
    {
        CommandPool pool = await CommandPool.CreateAsync();
        foreach (string disk in disks)
        {
            await pool.JsonAsync($"disk create POOL {disk} --size 1M");
            await pool.WriteBlockAsync(disk, 0, 1);
        }

        return pool;
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(each => each.GetString()!)];
}
