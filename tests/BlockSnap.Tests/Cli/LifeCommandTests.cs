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
        await pool.JsonAsync("disk reinitialize POOL a");
        Assert.Equal(0, (await pool.ContentAsync("a"))[0]);
    }

    [Fact]
    public async Task Synchronize_GoesBackAndMakesADiskOfThePresent()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);

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
        await pool.RefusedAsync("snapshot retention POOL a@s1 --days 0", 1, "invalid-argument");
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

        Assert.True((await pool.JsonAsync("snapshot lock POOL a@s1 --days 3 --cool-off 24")).TryGetProperty("lockedUntil", out _));
        await pool.RefusedAsync("snapshot delete POOL a@s1 --force", 1, "snapshot-locked");
        await pool.JsonAsync("snapshot unlock POOL a@s1");
        await pool.JsonAsync("snapshot delete POOL a@s1");
        await pool.JsonAsync("snapshot lock POOL a@s2 --days 3");
        await pool.RefusedAsync("snapshot unlock POOL a@s2", 1, "snapshot-locked");
        await pool.RefusedAsync("snapshot lock POOL a@s2 --days 2", 1, "snapshot-locked");
        await pool.RefusedAsync("snapshot lock POOL a@s2 --days 0", 1, "invalid-argument");
        await pool.RefusedAsync("snapshot lock POOL a@s2", 2, "usage");
        Assert.True((await pool.JsonAsync("snapshot list POOL a")).GetProperty("snapshots")[0].TryGetProperty("lockedUntil", out _));
    }

    [Fact]
    public async Task Delete_IntoTheTrash_CanBeUndeleted()
    {
        using CommandPool pool = await CreateAsync("a");
        await pool.JsonAsync("snapshot create POOL a@s1");
        await pool.WriteBlockAsync("a", 0, 9);

        await pool.JsonAsync("snapshot delete POOL a@s1 --trash 7");
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
        Assert.Equal(["a@s1"], Texts((await pool.JsonAsync("snapshot delete POOL a@s1 a@s0 --ignore-unknown")).GetProperty("deleted")));
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
        await pool.RefusedAsync("snapshot create POOL a@s2 --retain 0", 1, "invalid-argument");
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
