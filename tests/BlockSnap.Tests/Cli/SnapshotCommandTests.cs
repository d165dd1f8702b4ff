using System.Text.Json;

namespace BlockSnap.Tests.Cli;

public class SnapshotCommandTests
{
    [Fact]
    public async Task WorkedExampleA_ThroughTheCommand_StoresSevenBlocksAndThenSix()
    {
        // R6: A B C D, then B1 C1, then B2.
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        for (int block = 0; block < 4; block++)
        {
            await pool.WriteBlockAsync("vm1", block, (byte)('A' + block));
        }

        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 1, (byte)'b');
        await pool.WriteBlockAsync("vm1", 2, (byte)'c');
        await pool.JsonAsync("snapshot create POOL vm1@s2");
        await pool.WriteBlockAsync("vm1", 1, (byte)'ß');
        await pool.JsonAsync("snapshot create POOL vm1@s3");
        Assert.Equal(new long[] { 4 * 4096, 2 * 4096, 4096 }, await StoredBytesAsync(pool));

        JsonElement deleted = await pool.JsonAsync("snapshot delete POOL vm1@s2");
        Assert.Equal("""{"deleted":["vm1@s2"],"freedBytes":4096}""", deleted.GetRawText());
        Assert.Equal(new long[] { 4 * 4096, 2 * 4096 }, await StoredBytesAsync(pool));

        await pool.WriteBlockAsync("vm1", 0, (byte)'x');
        JsonElement rollback = await pool.JsonAsync("snapshot rollback POOL vm1@s3");
        Assert.Equal("vm1", rollback.GetProperty("disk").GetString());
        Assert.Equal("s3", rollback.GetProperty("snapshot").GetString());
        byte[] expected = [.. "AßcD".SelectMany(letter => Enumerable.Repeat((byte)letter, 4096))];
        Assert.Equal(expected, await pool.ContentAsync("vm1"));
    }

    [Fact]
    public async Task SnapshotCreate_WithTagsAndDescription_ListsThem()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 1);

        JsonElement created = await pool.JsonAsync("snapshot create POOL vm1@s1 --description text --tag team=web --tag empty=");

        JsonElement snapshot = created.GetProperty("snapshot");
        Assert.Equal("vm1", created.GetProperty("disk").GetString());
        Assert.Equal("""{"team":"web","empty":""}""", snapshot.GetProperty("tags").GetRawText());
        Assert.Equal("text", snapshot.GetProperty("description").GetString());
        Assert.Equal("accomplished", snapshot.GetProperty("status").GetString());
        Assert.Equal("manual", snapshot.GetProperty("kind").GetString());
        Assert.Equal(1 << 20, snapshot.GetProperty("size").GetInt64());
        Assert.Equal(4096, snapshot.GetProperty("storedBytes").GetInt64());
        JsonElement list = await pool.JsonAsync("snapshot list POOL vm1");
        Assert.Equal($$"""{"disk":"vm1","snapshots":[{{snapshot.GetRawText()}}]}""", list.GetRawText());
    }

    [Theory]
    [InlineData("snapshot create POOL vm1@s1", "snapshot-exists")]
    [InlineData("snapshot create POOL vm1@x", "invalid-argument")]
    [InlineData("snapshot create POOL vm1@1st", "invalid-argument")]
    [InlineData("snapshot create POOL vm1@automatic", "invalid-argument")]
    [InlineData("snapshot create POOL vm1@s2 --description x", "invalid-argument")]
    [InlineData("snapshot create POOL none@s2", "disk-not-found")]
    [InlineData("snapshot list POOL none", "disk-not-found")]
    [InlineData("snapshot delete POOL vm1@none", "snapshot-not-found")]
    [InlineData("snapshot delete POOL none@s1", "disk-not-found")]
    [InlineData("snapshot delete POOL vm1@s1 vm1@none", "snapshot-not-found")]
    [InlineData("snapshot delete POOL vm1@s1 vm2@none", "snapshot-not-found")]
    [InlineData("snapshot delete POOL vm1@none --dry-run", "snapshot-not-found")]
    [InlineData("snapshot rollback POOL vm1@none", "snapshot-not-found")]
    [InlineData("snapshot rollback POOL vm1@none --dry-run", "snapshot-not-found")]
    [InlineData("snapshot rollback POOL vm2@s1", "snapshot-not-found")]
    [InlineData("snapshot undo-rollback POOL vm1", "conflict")]
    [InlineData("snapshot undo-rollback POOL none", "disk-not-found")]
    [InlineData("snapshot diff POOL vm1@s1 vm1@none", "snapshot-not-found")]
    [InlineData("snapshot diff POOL none vm1@s1", "disk-not-found")]
    [InlineData("snapshot diff POOL vm1 vm2", "invalid-argument")]
    public async Task Snapshot_RefusedCommand_HasItsCodeAndChangesNothing(string line, string code)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.JsonAsync("disk create POOL vm2 --size 1M --block-size 512");
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        string before = (await pool.JsonAsync("snapshot list POOL vm1")).GetRawText();

        await pool.RefusedAsync(line, 1, code);

        Assert.Equal(before, (await pool.JsonAsync("snapshot list POOL vm1")).GetRawText());
    }

    [Fact]
    public async Task SnapshotDiff_OfSnapshotsHeadAndNothing_ListsExtents()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.WriteBlockAsync("vm1", 1, 1);
        await pool.WriteBlockAsync("vm1", 9, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 1, 2);
        await pool.WriteBlockAsync("vm1", 9, 0);
        await pool.JsonAsync("snapshot create POOL vm1@s2");
        await pool.WriteBlockAsync("vm1", 20, 3);

        Assert.Equal(
            """{"from":"-","to":"vm1@s1","blockSize":4096,"changedBytes":12288,"extents":[{"offset":0,"length":8192,"kind":"data"},{"offset":36864,"length":4096,"kind":"data"}]}""",
            (await pool.JsonAsync("snapshot diff POOL - vm1@s1")).GetRawText());
        Assert.Equal(
            """{"from":"vm1@s1","to":"vm1@s2","blockSize":4096,"changedBytes":8192,"extents":[{"offset":4096,"length":4096,"kind":"data"},{"offset":36864,"length":4096,"kind":"zero"}]}""",
            (await pool.JsonAsync("snapshot diff POOL vm1@s1 vm1@s2")).GetRawText());
        Assert.Equal(
            """{"from":"vm1@s2","to":"vm1","blockSize":4096,"changedBytes":4096,"extents":[{"offset":81920,"length":4096,"kind":"data"}]}""",
            (await pool.JsonAsync("snapshot diff POOL vm1@s2 vm1")).GetRawText());
        Assert.Equal(
            """{"from":"vm1","to":"vm1","blockSize":4096,"changedBytes":0,"extents":[]}""",
            (await pool.JsonAsync("snapshot diff POOL vm1 vm1")).GetRawText());

        await pool.JsonAsync("disk resize POOL vm1 --size 8K");
        Assert.Contains("The sizes differ: ", (await pool.RunAsync("snapshot diff POOL vm1@s2 vm1")).Output);
        Assert.DoesNotContain("The sizes differ", (await pool.RunAsync("snapshot diff POOL vm1@s1 vm1@s2")).Output);
    }

    [Fact]
    public async Task UndoRollback_AfterRollback_BringsTheHeadBackAndAgainForth()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 8K");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 0, 2);
        await pool.JsonAsync("disk resize POOL vm1 --size 12K");
        byte[] old = await pool.ContentAsync("vm1@s1");
        byte[] current = await pool.ContentAsync("vm1");

        JsonElement rollback = await pool.JsonAsync("snapshot rollback POOL vm1@s1");
        Assert.Equal(old, await pool.ContentAsync("vm1"));

        JsonElement undo = await pool.JsonAsync("snapshot undo-rollback POOL vm1");
        Assert.Equal(rollback.GetProperty("undo").GetString(), undo.GetProperty("snapshot").GetString());
        Assert.Equal(current, await pool.ContentAsync("vm1"));

        await pool.JsonAsync("snapshot undo-rollback POOL vm1");
        Assert.Equal(old, await pool.ContentAsync("vm1"));
    }

    [Fact]
    public async Task DryRun_OfEveryDestructiveCommand_ChangesNothing()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 0, 2);
        string before = await StateAsync(pool);

        JsonElement snapshot = await pool.JsonAsync("snapshot delete POOL vm1@s1 --dry-run");
        JsonElement rollback = await pool.JsonAsync("snapshot rollback POOL vm1@s1 --dry-run");
        JsonElement disk = await pool.JsonAsync("disk delete POOL vm1 --dry-run");
        JsonElement compact = await pool.JsonAsync("compact POOL --dry-run");

        Assert.Equal("""{"deleted":["vm1@s1"],"freedBytes":4096,"dryRun":true}""", snapshot.GetRawText());
        Assert.Equal("""{"disk":"vm1","snapshot":"s1","undo":null,"changedBytes":4096,"dryRun":true}""", rollback.GetRawText());
        Assert.Equal("""{"deleted":["vm1"],"freedBytes":4096,"dryRun":true}""", disk.GetRawText());
        Assert.True(compact.GetProperty("dryRun").GetBoolean());
        Assert.Equal(0, compact.GetProperty("movedBytes").GetInt64()); // its one segment is the active one
        Assert.Equal(before, await StateAsync(pool));
    }

    [Fact]
    public async Task Rollback_DryRun_IsRefusedWhereTheRollbackWouldBe()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        await using (DiskPool opened = await pool.OpenAsync())
        {
            await opened.OpenChain("vm1").CreateAsync("copy", new SnapshotOptions { Kind = SnapshotKind.Copied });
        }

        await pool.RefusedAsync("snapshot rollback POOL vm1@copy", 1, "conflict");
        await pool.RefusedAsync("snapshot rollback POOL vm1@copy --dry-run", 1, "conflict");
        await pool.RefusedAsync("snapshot synchronize POOL vm1@copy now1 other --dry-run", 1, "conflict");
    }

    [Fact]
    public async Task SnapshotDelete_OfSnapshotWithClone_NeedsForceAndTheCloneGoesOn()
    {
        // R37.
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.JsonAsync("disk clone POOL vm1@s1 vm2");
        byte[] content = await pool.ContentAsync("vm2");
        string before = await StateAsync(pool);

        await pool.RefusedAsync("snapshot delete POOL vm1@s1", 1, "snapshot-in-use");
        await pool.RefusedAsync("snapshot delete POOL vm1@s1 --dry-run", 1, "snapshot-in-use");
        Assert.Equal(before, await StateAsync(pool));

        JsonElement deleted = await pool.JsonAsync("snapshot delete POOL vm1@s1 --force");
        Assert.Equal("""{"deleted":["vm1@s1"],"freedBytes":0}""", deleted.GetRawText());
        Assert.Equal(content, await pool.ContentAsync("vm2"));
    }

    [Fact]
    public async Task SnapshotDelete_OfSeveral_IsOnePlanForEachDisk()
    {
        // R39: the block that s1 and s2 share is freed by neither alone.
        using CommandPool pool = await CommandPool.CreateAsync();
        foreach (string disk in new[] { "vm1", "vm2" })
        {
            await pool.JsonAsync($"disk create POOL {disk} --size 16K");
            await pool.WriteBlockAsync(disk, 0, 1);
            await pool.JsonAsync($"snapshot create POOL {disk}@s1");
            await pool.JsonAsync($"snapshot create POOL {disk}@s2");
            await pool.WriteBlockAsync(disk, 0, 2);
        }

        const string Line = "snapshot delete POOL vm1@s2 vm2@s1 vm1@s1 vm1@s2";
        JsonElement preview = await pool.JsonAsync(Line + " --dry-run");
        JsonElement deleted = await pool.JsonAsync(Line);

        Assert.Equal("""["vm1@s1","vm1@s2","vm2@s1"]""", deleted.GetProperty("deleted").GetRawText());
        Assert.Equal(4096, deleted.GetProperty("freedBytes").GetInt64());
        Assert.Equal(4096, preview.GetProperty("freedBytes").GetInt64());
        Assert.Equal(0, (await pool.JsonAsync("snapshot list POOL vm1")).GetProperty("snapshots").GetArrayLength());
        Assert.Equal(1, (await pool.JsonAsync("snapshot list POOL vm2")).GetProperty("snapshots").GetArrayLength());
    }

    [Fact]
    public async Task SnapshotList_AsText_HasNamesTagsAndBytesForPeople()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1 --tag team=[web]");

        CommandRun run = await pool.RunAsync("snapshot list POOL vm1");

        string line = run.Output.Split('\n')[1];
        Assert.StartsWith("vm1@s1", line);
        Assert.Contains("4 KiB", line);
        Assert.Contains("team=[web]", line);
    }

    private static async Task<long[]> StoredBytesAsync(CommandPool pool)
    {
        JsonElement list = await pool.JsonAsync("snapshot list POOL vm1");
        return [.. list.GetProperty("snapshots").EnumerateArray().Select(snapshot => snapshot.GetProperty("storedBytes").GetInt64())];
    }

    /// <summary>Everything the command tells about vm1 and its snapshots, and their bytes.</summary>
    private static async Task<string> StateAsync(CommandPool pool)
    {
        JsonElement disks = await pool.JsonAsync("disk list POOL --all");
        JsonElement snapshots = await pool.JsonAsync("snapshot list POOL vm1");
        byte[] content = [.. await pool.ContentAsync("vm1"), .. await pool.ContentAsync("vm1@s1")];
        return disks.GetRawText() + snapshots.GetRawText() + Convert.ToHexString(content);
    }
}
