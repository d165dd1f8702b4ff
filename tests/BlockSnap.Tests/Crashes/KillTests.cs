using System.Diagnostics;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>A process of its own with a pool in a directory, killed at random times and at the Kth call to the system: what was acknowledged is there.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int BlockBytes = 4096;

    private static readonly string[] s_metadata = ["superblock", "superblock-copy", "segments", "counts", "releases-0", "releases-1"];

    /// <summary>One pool that many processes work on in turn, each killed at a random time, some while they recover what the last one left.</summary>
    [Fact]
    public async Task Killed_AtRandomTimes_LeavesAPrefixWithAllThatWasAcknowledged()
    {
        int kills = LongRun.IsAsked ? 1000 : 160;
        using var directory = new TempDirectory();
        var history = new KillHistory(directory["pool"]);
        var random = new Random(1);
        for (int kill = 1; kill <= kills; kill++)
        {
            using Process target = FaultTargetProcess.Start("pool-kill", directory["pool"], $"{kill}", "1000000");
            var lines = new List<string>();
            if (random.Next(5) == 0)
            {
                await Task.Delay(random.Next(120), TestContext.Current.CancellationToken); // while it starts, or recovers, or works: as it comes
            }
            else
            {
                // What it says is counted, so that it comes to work however slow the machine is; the rest is left to chance.
                for (int said = 1 + random.Next(20); lines.Count < said;)
                {
                    lines.Add(await target.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the process ended by itself"));
                }

                await Task.Delay(random.Next(40), TestContext.Current.CancellationToken);
            }

            target.Kill();
            string rest = await target.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await target.WaitForExitAsync(TestContext.Current.CancellationToken);
            lines.AddRange(rest.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            await history.VerifyAsync(lines, $"kill {kill}");
        }

        output.WriteLine($"{kills} kills, {history.Newest} writes, {history.Acknowledged} acknowledgements, 0 violations");
        Assert.True(history.Newest > kills, "the processes were killed before they wrote");
    }

    /// <summary>The same at the Kth call of one kind that a process makes on the files of the pool.</summary>
    [Theory]
    [InlineData("pwrite64", 20)]
    [InlineData("fdatasync", 12)]
    [InlineData("fsync", 3)]
    [InlineData("fallocate", 4)]
    [InlineData("ftruncate", 3)]
    [InlineData("openat", 8)]
    [InlineData("unlink", 2)]
    public async Task Killed_AtTheKthCall_LeavesAPrefixWithAllThatWasAcknowledged(string call, int kills)
    {
        using var directory = new TempDirectory();
        string pool = directory["pool"];
        string[] files = [pool, .. Enumerable.Range(0, 24).Select(number => Path.Join(pool, $"data-{number:D8}")), .. s_metadata.Select(name => Path.Join(pool, name))];
        var history = new KillHistory(pool);
        int killed = 0;
        for (int kill = 1; kill <= kills; kill++)
        {
            string[] lines = await FaultTargetProcess.RunUnderStraceAsync(
                [$"{call}:signal=SIGKILL:when={kill}"], null, ["pool-kill", pool, $"{kill}", "300"], mayDie: true, morePaths: files);
            killed += lines.Contains("done") ? 0 : 1;
            await history.VerifyAsync(lines, $"{call} {kill}");
        }

        output.WriteLine($"{call}: {killed} kills, {history.Newest} writes, {history.Acknowledged} acknowledgements, 0 violations");
        Assert.True(killed >= kills / 2, $"only {killed} of {kills} processes came to their Kth {call}");
    }

    // I12 on a real directory: once an fdatasync has failed, nothing is acknowledged any more.
    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(12)]
    public async Task FailedFdatasync_NothingIsAcknowledgedAfterIt_AndAllBeforeItIsThere(int when)
    {
        const int Flushes = 20;
        using var directory = new TempDirectory();
        string[] lines = await FaultTargetProcess.RunUnderStraceAsync([$"fdatasync:error=EIO:when={when}"], null, ["pool-flush", directory["pool"], $"{Flushes}"]);
        int acknowledged = lines.TakeWhile(line => line.StartsWith("ok flush", StringComparison.Ordinal)).Count();
        string[] after = lines[acknowledged..];
        Assert.True(acknowledged < Flushes, "the injected failure did not surface");
        Assert.All(after.Where(line => line.Contains("flush", StringComparison.Ordinal)), line => Assert.Contains("PoolFaultedException", line, StringComparison.Ordinal));

        using DiskPool pool = await DiskPool.OpenAsync(directory["pool"]);
        IDisk disk = pool.OpenDisk("a");
        for (int i = 1; i <= acknowledged; i++)
        {
            Assert.Equal(i, Pattern.ReadStamp(disk.ReadBytes(i * BlockBytes, BlockBytes)));
        }

        await pool.AssertSoundAsync();
        output.WriteLine($"fdatasync {when}: {acknowledged} flushes acknowledged, {after.Length} lines after");
    }
}
