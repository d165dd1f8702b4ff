using System.Text.Json;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Cli;

public class DiskCommandTests
{
    [Fact]
    public async Task DiskCreate_ThenListAndShow_GiveItsFacts()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        JsonElement created = (await pool.JsonAsync("disk create POOL vm1 --size 10GiB --block-size 64K")).GetProperty("disk");

        Assert.Equal("vm1", created.GetProperty("name").GetString());
        Assert.Equal(10L << 30, created.GetProperty("size").GetInt64());
        Assert.Equal(65536, created.GetProperty("blockSize").GetInt32());
        Assert.Equal(0, created.GetProperty("snapshots").GetInt32());
        string id = created.GetProperty("id").GetString()!;
        foreach (string name in new[] { "vm1", id })
        {
            Assert.Equal(created.GetRawText(), (await pool.JsonAsync($"disk show POOL {name}")).GetProperty("disk").GetRawText());
        }

        JsonElement listed = Assert.Single((await pool.JsonAsync("disk list POOL")).GetProperty("disks").EnumerateArray());
        Assert.Equal(created.GetRawText(), listed.GetRawText());
    }

    [Fact]
    public async Task DiskList_AsText_HasOneLineForEachDisk()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1536K");
        await pool.JsonAsync($"disk create POOL {new string('v', 120)} --size 1M");

        CommandRun run = await pool.RunAsync("disk list POOL");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Output);
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line.StartsWith("vm1 ", StringComparison.Ordinal) && line.Contains("1.5 MiB", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("disk create POOL vm1 --size 1M", "disk-exists")]
    [InlineData("disk create POOL a/b --size 1M", "invalid-argument")]
    [InlineData("disk create POOL a@b --size 1M", "invalid-argument")]
    [InlineData("disk show POOL none", "disk-not-found")]
    [InlineData("disk show POOL d-00000000000000000000000000000000", "disk-not-found")]
    [InlineData("disk resize POOL none --size 1M", "disk-not-found")]
    [InlineData("disk delete POOL none", "disk-not-found")]
    [InlineData("disk delete POOL none --dry-run", "disk-not-found")]
    [InlineData("disk sparsify POOL none", "disk-not-found")]
    [InlineData("disk clone POOL none@s1 vm2", "disk-not-found")]
    [InlineData("disk clone POOL vm1@none vm2", "snapshot-not-found")]
    [InlineData("disk clone POOL vm1@s1 vm1", "disk-exists")]
    [InlineData("disk clone POOL vm1@s1 vm2 --size 4K", "invalid-argument")]
    [InlineData("disk export POOL none ~/x", "disk-not-found")]
    [InlineData("disk export POOL vm1@none ~/x", "snapshot-not-found")]
    [InlineData("disk export POOL vm1 ~/none/x", "file-not-found")]
    [InlineData("disk import POOL vm2 ~/none", "file-not-found")]
    public async Task Disk_RefusedCommand_HasItsCodeAndChangesNothing(string line, string code)
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        string before = (await pool.JsonAsync("disk list POOL --all")).GetRawText();

        await pool.RefusedAsync(line, 1, code);

        Assert.Equal(before, (await pool.JsonAsync("disk list POOL --all")).GetRawText());
    }

    [Fact]
    public async Task DiskResize_ShrinkAndGrow_ReadsZerosWhereDataWas()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        await pool.WriteBlockAsync("vm1", 0, 7);
        await pool.WriteBlockAsync("vm1", 3, 7);

        await pool.JsonAsync("disk resize POOL vm1 --size 5000");
        JsonElement grown = (await pool.JsonAsync("disk resize POOL vm1 --size 16K")).GetProperty("disk");

        Assert.Equal(16384, grown.GetProperty("size").GetInt64());
        byte[] expected = new byte[16384];
        expected.AsSpan(0, 4096).Fill(7);
        Assert.Equal(expected, await pool.ContentAsync("vm1"));
    }

    [Fact]
    public async Task DiskDelete_WithSnapshots_LeavesThemUnderTheDisksId()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        string id = (await pool.JsonAsync("disk create POOL vm1 --size 16K")).GetProperty("disk").GetProperty("id").GetString()!;
        await pool.WriteBlockAsync("vm1", 1, 7);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        byte[] before = await pool.ContentAsync("vm1@s1");
        await pool.WriteBlockAsync("vm1", 2, 8);

        JsonElement deleted = await pool.JsonAsync("disk delete POOL vm1");

        Assert.Equal("""["vm1"]""", deleted.GetProperty("deleted").GetRawText());
        Assert.Equal(4096, deleted.GetProperty("freedBytes").GetInt64());
        Assert.Equal(0, (await pool.JsonAsync("disk list POOL")).GetProperty("disks").GetArrayLength());
        JsonElement released = Assert.Single((await pool.JsonAsync("disk list POOL --all")).GetProperty("disks").EnumerateArray());
        Assert.True(released.GetProperty("released").GetBoolean());
        Assert.Equal(before, await pool.ContentAsync($"{id}@s1"));
        await pool.JsonAsync($"disk clone POOL {id}@s1 vm2");
        Assert.Equal(before, await pool.ContentAsync("vm2"));
    }

    // The state before a rollback goes with the disk, and what only it held.
    [Fact]
    public async Task DiskDelete_AfterARollback_CountsWhatTheStateBeforeItHeld()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 16K");
        await pool.WriteBlockAsync("vm1", 0, 7);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 0, 8);
        await pool.WriteBlockAsync("vm1", 1, 8);
        await pool.JsonAsync("snapshot rollback POOL vm1@s1");
        long before = (await pool.JsonAsync("usage POOL")).GetProperty("referencedBytes").GetInt64();

        Assert.Equal(8192, (await pool.JsonAsync("disk delete POOL vm1 --dry-run")).GetProperty("freedBytes").GetInt64());
        Assert.Equal(8192, (await pool.JsonAsync("disk delete POOL vm1")).GetProperty("freedBytes").GetInt64());
        Assert.Equal(before - 8192, (await pool.JsonAsync("usage POOL")).GetProperty("referencedBytes").GetInt64());
    }

    [Fact]
    public async Task DiskSparsify_MakesHolesOfStoredZeros_AfterADryRun()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 1M");
        await pool.WriteBlockAsync("vm1", 0, 7);
        await using (DiskPool opened = await pool.OpenAsync())
        {
            StoredZeros.Plant(opened, "vm1", 3, 4);
        }

        JsonElement plan = await pool.JsonAsync("disk sparsify POOL vm1 --dry-run");
        Assert.Equal((3 * 4096, 2 * 4096, true), (plan.GetProperty("checkedBytes").GetInt64(), plan.GetProperty("holeBytes").GetInt64(), plan.GetProperty("dryRun").GetBoolean()));
        Assert.Equal("Of 12 KiB that vm1 stores, 8 KiB would become holes.\n", (await pool.RunAsync("disk sparsify POOL vm1 --dry-run")).Output);

        JsonElement done = await pool.JsonAsync("disk sparsify POOL vm1");
        Assert.Equal((2 * 4096, false), (done.GetProperty("holeBytes").GetInt64(), done.TryGetProperty("dryRun", out _)));
        Assert.StartsWith("Of 4 KiB that vm1 stores, 0 B became holes.\nOnly whole blocks of 4 KiB", (await pool.RunAsync("disk sparsify POOL vm1")).Output);
    }

    [Fact]
    public async Task DiskClone_Larger_HasAZeroTailAndAChainOfItsOwn()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 8K");
        await pool.WriteBlockAsync("vm1", 0, 7);
        await pool.JsonAsync("snapshot create POOL vm1@s1");

        JsonElement clone = (await pool.JsonAsync("disk clone POOL vm1@s1 vm2 --size 12K")).GetProperty("disk");
        await pool.WriteBlockAsync("vm2", 1, 9);

        Assert.Equal(12288, clone.GetProperty("size").GetInt64());
        Assert.Equal(0, clone.GetProperty("snapshots").GetInt32());
        byte[] expected = new byte[12288];
        expected.AsSpan(0, 4096).Fill(7);
        expected.AsSpan(4096, 4096).Fill(9);
        Assert.Equal(expected, await pool.ContentAsync("vm2"));
        Assert.Equal(8192, (await pool.ContentAsync("vm1")).Length);
    }
}
