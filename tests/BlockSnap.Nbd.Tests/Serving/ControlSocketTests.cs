using System.Text.Json;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Serving;

/// <summary>The command on a pool that another process serves: same words, same output, same exit code.</summary>
public sealed class ControlSocketTests
{
    [Fact]
    public async Task Commands_OnAServedPool_WorkLive()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Uses a shell.");
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        using NbdClient client = server.Connect();
        client.Go();
        client.Do(CommandType.Write, 0, 5, data: "first"u8.ToArray());
        JsonElement made = JsonElement.Parse(await server.RunAsync("snapshot", "create", server.PoolPath, "disk@one", "--json"));
        Assert.Equal("one", made.GetProperty("snapshot").GetProperty("name").GetString());
        client.Do(CommandType.Write, 0, 5, data: "other"u8.ToArray());

        await server.RunAsync("disk", "export", server.PoolPath, "disk@one", server.File("one.raw"));
        Assert.Equal("first"u8.ToArray(), (await File.ReadAllBytesAsync(server.File("one.raw")))[..5]);

        // Standard streams, of this process here and not of the server.
        string command = string.Join(' ', ServerProcess.Command);
        string said = await ShellAsync($"{command} disk export {server.PoolPath} disk - > {server.File("two.raw")} && {command} disk import {server.PoolPath} copy - < {server.File("two.raw")} && {command} disk import {server.PoolPath} again /dev/fd/5 5< {server.File("two.raw")}");
        Assert.Contains("Imported the disk copy", said);
        Assert.Contains("Imported the disk again", said);
        await ShellAsync($"{command} disk export {server.PoolPath} again - | cmp - {server.File("two.raw")}");
        Assert.Equal("other"u8.ToArray(), (await File.ReadAllBytesAsync(server.File("two.raw")))[..5]);
        await ShellAsync($"cd {server.File(".")} && {command} disk export pool again three.raw && cmp two.raw three.raw"); // relative to where it was typed
        await ShellAsync($"printf 'a\\nb\\n' | (while read line; do {command} disk list {server.PoolPath} > /dev/null; echo $line; done) | grep -q b"); // input is not eaten

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Path.Join(server.PoolPath, ".control")));
        client.Dispose();
        await server.StopAsync();
        Assert.False(File.Exists(Path.Join(server.PoolPath, ".control")));
        Assert.Contains("again", await server.RunAsync("disk", "list", server.PoolPath)); // and without a server
    }

    [Fact]
    public async Task Failures_OnAServedPool_AreThoseOfTheCommand()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        (int exitCode, string output) = await RunAsync("disk", "show", server.PoolPath, "nobody", "--json");
        Assert.Equal((1, "disk-not-found"), (exitCode, JsonElement.Parse(output).GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(2, (await RunAsync("disk", "show", server.PoolPath)).ExitCode);
        (_, output, _) = await OutsideProgram.RunAsync("sh", "-c", $"cd {server.File(".")} && {string.Join(' ', ServerProcess.Command)} repair pool mended --json");
        Assert.Equal("pool-in-use", JsonElement.Parse(output).GetProperty("error").GetProperty("code").GetString()); // not said by the server, for whom the path is another
        (exitCode, output) = await RunAsync("serve", server.PoolPath, "--unix", server.File("second"));
        Assert.True(exitCode == 1 && output.Contains("[pool-in-use]", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Rollback_OfADiskInUse_IsRefused_OrDisconnects()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        await server.RunAsync("snapshot", "create", server.PoolPath, "disk@one");
        await server.RunAsync("snapshot", "rollback", server.PoolPath, "disk@one");
        using NbdClient client = server.Connect();
        client.Go();
        foreach (string[] words in (string[][])[["snapshot", "rollback", server.PoolPath, "disk@one"], ["snapshot", "undo-rollback", server.PoolPath, "disk"], ["disk", "delete", server.PoolPath, "disk"], ["disk", "resize", server.PoolPath, "disk", "--size", "512K"],
            ["disk", "update", server.PoolPath, "disk", "/dev/null"], ["disk", "reinitialize", server.PoolPath, "disk"], ["snapshot", "synchronize", server.PoolPath, "disk@one", "now1", "copy"]])
        {
            (int exitCode, string output) = await RunAsync(words);
            Assert.True(exitCode == 1 && output.Contains("(--disconnect)", StringComparison.Ordinal) && output.Contains("[conflict]", StringComparison.Ordinal), output);
        }

        await server.RunAsync("disk", "resize", server.PoolPath, "disk", "--size", "2M"); // nobody is hurt by more
        Assert.Contains("0 B became holes", await server.RunAsync("disk", "sparsify", server.PoolPath, "disk")); // what is read stays the same
        await server.RunAsync("snapshot", "rollback", server.PoolPath, "disk@one", "--disconnect");
        Assert.True(client.IsEnded());
        await server.RunAsync("disk", "reinitialize", server.PoolPath, "disk");
        await server.RunAsync("pool", "suspend", server.PoolPath, "for a while");
        Assert.Contains("[pool-suspended]", (await RunAsync("snapshot", "create", server.PoolPath, "disk@two")).Output);
        await server.RunAsync("pool", "resume", server.PoolPath);
        await server.RunAsync("snapshot", "retention", server.PoolPath, "disk@one", "--days", "3");
        await server.RunAsync("report", server.PoolPath, "--html", server.File("page.html"));
        Assert.Contains("Snapshots of disk", await File.ReadAllTextAsync(server.File("page.html")));
        Assert.Contains("disk@one", await server.RunAsync("pool", "purge", server.PoolPath));
    }

    [Fact]
    public async Task Policies_OfAServedPool_AreRunByTheServer_AndItsEventsFollowed()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        await server.StopAsync();
        await using (DiskPool pool = await DiskPool.OpenAsync(server.PoolPath, new DiskPoolOptions { TimeProvider = new BlockSnap.Testing.ManualTime() }))
        {
            await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)] });
            await pool.Policies.ApplyAsync("hourly", ["disk"]); // long ago, by the server's clock
        }

        await server.ServeAsync();
        string followed = server.File("events");
        string command = string.Join(' ', ServerProcess.Command);
        Task<string> following = ShellAsync($"{command} events {server.PoolPath} --follow --json > {followed}");
        await WaitAsync(async () => (await server.RunAsync("snapshot", "list", server.PoolPath, "disk")).Contains("auto_", StringComparison.Ordinal));
        await server.RunAsync("snapshot", "create", server.PoolPath, "disk@one");
        await WaitAsync(() => Task.FromResult(File.Exists(followed) && File.ReadAllLines(followed).Length == 2));

        JsonElement[] events = [.. File.ReadAllLines(followed).Select(line => JsonElement.Parse(line))];
        Assert.Equal(["automatic", "manual"], events.Select(each => each.GetProperty("snapshotKind").GetString()));
        Assert.All(events, each => Assert.Equal(("snapshot-created", "succeeded"), (each.GetProperty("kind").GetString(), each.GetProperty("result").GetString())));

        string interrupted = server.File("interrupted");
        await ShellAsync($"{command} events {server.PoolPath} --follow --json > {interrupted} & until [ \"$(wc -l < {interrupted})\" = 2 ]; do sleep 0.1; done; kill -TERM $!; wait $!");
        Assert.Equal(await File.ReadAllTextAsync(followed, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(interrupted, TestContext.Current.CancellationToken));
        await server.StopAsync();
        await following; // it ends with the server, and does not hold it up
        Assert.Contains("disk@one", await server.RunAsync("events", server.PoolPath, "--last", "1"));
        (int exitCode, string output) = await RunAsync("events", server.PoolPath, "--follow");
        Assert.True(exitCode == 1 && output.Contains("[conflict]", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Server_Killed_LeavesAPoolThatCommandsOpenThemselves()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        await server.KillAsync();
        Assert.True(File.Exists(Path.Join(server.PoolPath, ".control")));
        Assert.Contains("disk", await server.RunAsync("disk", "list", server.PoolPath));
        await server.ServeAsync();
        await server.StopAsync();
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] words)
    {
        (int exitCode, string output, string error) = await OutsideProgram.RunAsync(ServerProcess.Command[0], [ServerProcess.Command[1], .. words]);
        return (exitCode, output + error);
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; !await condition(); i++)
        {
            Assert.True(i < 300, "it took more than half a minute");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static Task<string> ShellAsync(string line) => OutsideProgram.RunToSuccessAsync("sh", "-c", line);
}
