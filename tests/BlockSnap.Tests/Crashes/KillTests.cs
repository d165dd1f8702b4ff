using System.Diagnostics;
using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>A process of its own with a pool in a directory, killed at random times and at the Kth write to a file: what was acknowledged is there.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int BlockBytes = 4096;
    private const int Blocks = 64;

    [Fact]
    public async Task Killed_AtRandomTimes_LeavesAPrefixWithAllThatWasAcknowledged()
    {
        const int Kills = 12;
        var random = new Random(1);
        long writes = 0;
        for (int seed = 1; seed <= Kills; seed++)
        {
            using var directory = new TempDirectory();
            using Process target = FaultTargetProcess.Start("pool-kill", directory["pool"], $"{seed}");
            Task<string> said = target.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await Task.Delay(300 + random.Next(700), TestContext.Current.CancellationToken);
            target.Kill();
            await target.WaitForExitAsync(TestContext.Current.CancellationToken);
            writes += await VerifyAsync(directory["pool"], await said, $"kill {seed}");
        }

        output.WriteLine($"{Kills} kills, {writes} writes found, 0 violations");
    }

    [Fact]
    public async Task Killed_AtTheKthWrite_LeavesAPrefixWithAllThatWasAcknowledged()
    {
        const int Kills = 8;
        long writes = 0;
        for (int kill = 1; kill <= Kills; kill++)
        {
            using var directory = new TempDirectory();
            string[] lines = await FaultTargetProcess.RunUnderStraceAsync(
                [$"pwrite64:signal=SIGKILL:when={(kill * kill * 3) + 2}"], null, ["pool-kill", directory["pool"], $"{kill}"], mayDie: true);
            writes += await VerifyAsync(directory["pool"], string.Join('\n', lines), $"write {(kill * kill * 3) + 2}");
        }

        output.WriteLine($"{Kills} kills, {writes} writes found, 0 violations");
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

    // Returns how many writes the disk holds.
    private static async Task<long> VerifyAsync(string path, string said, string where)
    {
        string[] lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (!lines.Contains("ready"))
        {
            return 0; // killed before there was a disk
        }

        int flushed = lines.Where(line => !line.StartsWith('r')).Where(line => line[0] is 'f' or 's').Select(NumberOf).DefaultIfEmpty(0).Max();
        await using DiskPool pool = await DiskPool.OpenAsync(path);
        IDisk disk = pool.OpenDisk("a");
        long newest = PrefixOf(disk.ReadAll(), where);
        Assert.True(newest >= flushed, $"{where}: the disk holds {newest} writes, {flushed} were durable");

        HashSet<int> going = [.. lines.Where(line => line.StartsWith("deleting", StringComparison.Ordinal)).Select(NumberOf)];
        HashSet<int> gone = [.. lines.Where(line => line.StartsWith("deleted", StringComparison.Ordinal)).Select(NumberOf)];
        string[] names = [.. disk.Chain.Snapshots.Select(snapshot => snapshot.Name)];
        foreach (int snapshot in lines.Where(line => line.StartsWith("snapshot", StringComparison.Ordinal)).Select(NumberOf))
        {
            bool exists = names.Contains($"s{snapshot}");
            Assert.True(exists || going.Contains(snapshot), $"{where}: snapshot {snapshot} is lost");
            Assert.True(!exists || !gone.Contains(snapshot), $"{where}: snapshot {snapshot} is back");
        }

        foreach (string name in names)
        {
            Assert.Equal(int.Parse(name[1..], CultureInfo.InvariantCulture), PrefixOf(disk.Chain.ReadAll(name), $"{where}, {name}"));
        }

        await pool.AssertSoundAsync();
        return newest;
    }

    // How many writes a state holds: the newest stamp, when all others are those that as many writes leave.
    private static long PrefixOf(byte[] state, string where)
    {
        long[] stamps = [.. Enumerable.Range(0, Blocks).Select(index => Pattern.ReadStamp(state.AsSpan(index * BlockBytes, BlockBytes)))];
        long newest = stamps.Max();
        long[] expected = new long[Blocks];
        for (long write = Math.Max(1, newest - Blocks + 1); write <= newest; write++)
        {
            expected[write * 7 % Blocks] = write;
        }

        Assert.True(expected.AsSpan().SequenceEqual(stamps), $"{where}: no prefix of the writes: {string.Join(' ', stamps)}");
        return newest;
    }

    private static int NumberOf(string line) => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
}
