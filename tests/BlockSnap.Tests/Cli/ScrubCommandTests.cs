using System.Text.Json;

namespace BlockSnap.Tests.Cli;

/// <summary>The slow read of everything, by the command.</summary>
public sealed class ScrubCommandTests
{
    private const byte Content = 0xa7;

    [Fact]
    public async Task Scrub_SoundPool_SaysSo_AndGoesOnWhereItStopped()
    {
        using CommandPool pool = await CreateAsync();
        byte[] image = new byte[20 << 20]; // more than a segment
        image.AsSpan().Fill(1);
        await File.WriteAllBytesAsync(pool.FileOf("image.raw"), image);
        await pool.JsonAsync("disk import POOL large ~/image.raw");

        JsonElement whole = await pool.JsonAsync("scrub POOL --rate 1G");
        Assert.Equal((true, true, 0), (whole.GetProperty("ok").GetBoolean(), whole.GetProperty("complete").GetBoolean(), whole.GetProperty("damage").GetArrayLength()));
        Assert.True(whole.GetProperty("bytesRead").GetInt64() > image.Length);

        JsonElement first = await pool.JsonAsync("scrub POOL --limit 1");
        Assert.False(first.GetProperty("complete").GetBoolean());
        JsonElement rest = await pool.JsonAsync($"scrub POOL --from {first.GetProperty("position").GetInt64()}");
        Assert.True(rest.GetProperty("complete").GetBoolean());
        Assert.InRange(rest.GetProperty("blocksRead").GetInt64(), 1, whole.GetProperty("blocksRead").GetInt64() - 1);
        Assert.StartsWith("Sound. ", (await pool.RunAsync("scrub POOL")).Output);
    }

    [Fact]
    public async Task Scrub_DamagedBlock_NamesTheDiskTheSnapshotAndTheRange()
    {
        using CommandPool pool = await CreateAsync();
        await pool.JsonAsync("snapshot create POOL vm@before");
        DamageTheBlock(pool);

        CommandRun run = await pool.RunAsync("scrub POOL --json");
        Assert.Equal(1, run.ExitCode);
        Assert.False(run.Json.GetProperty("ok").GetBoolean());
        JsonElement damage = Assert.Single(run.Json.GetProperty("damage").EnumerateArray());
        Assert.Equal(
            [("vm", null, 8192L, 4096L), ("vm", "before", 8192L, 4096L)],
            damage.GetProperty("ranges").EnumerateArray().Select(RangeOf).Order());

        CommandRun text = await pool.RunAsync("scrub POOL");
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("vm@before", text.Output);
        Assert.Contains("Damaged: 1 place.", text.Output);

        CommandRun salvaged = await pool.RunAsync("disk export POOL vm ~/vm.raw --salvage --json");
        Assert.Equal(1, salvaged.ExitCode);
        JsonElement lost = Assert.Single(salvaged.Json.GetProperty("lost").EnumerateArray());
        Assert.Equal((8192, 4096), (lost.GetProperty("offset").GetInt64(), lost.GetProperty("length").GetInt64()));
    }

    private static async Task<CommandPool> CreateAsync()
    {
        CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm --size 64K");
        await pool.WriteBlockAsync("vm", 2, Content);
        return pool;
    }

    private static void DamageTheBlock(CommandPool pool)
    {
        byte[] block = new byte[4096];
        block.AsSpan().Fill(Content);
        int found = 0;
        foreach (string file in Directory.GetFiles(pool.Path, "data-*"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            for (int at = bytes.AsSpan().IndexOf(block); at >= 0; at = bytes.AsSpan().IndexOf(block))
            {
                bytes[at + 100] ^= 1;
                found++;
                File.WriteAllBytes(file, bytes);
            }
        }

        Assert.Equal(1, found);
    }

    private static (string?, string?, long, long) RangeOf(JsonElement range) => (
        range.GetProperty("disk").GetString(),
        range.TryGetProperty("snapshot", out JsonElement snapshot) ? snapshot.GetString() : null,
        range.GetProperty("offset").GetInt64(),
        range.GetProperty("length").GetInt64());
}
