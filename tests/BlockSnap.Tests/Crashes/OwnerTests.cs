using System.Diagnostics;
using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>Real processes that want one pool: one at a time has it, a stopped one keeps it, a killed one leaves it.</summary>
public sealed class OwnerTests(ITestOutputHelper output)
{
    private const int BlockBytes = 4096;
    private const int Processes = 8;

    [Fact]
    public async Task ManyProcesses_OpenOnePoolAtOnce_OneHasItAndTheOthersAreRefused()
    {
        int rounds = LongRun.IsAsked ? 1000 : 300;
        using var directory = new TempDirectory();
        await CreateAsync(directory["pool"]);
        Process[] racers = [.. Enumerable.Range(0, Processes).Select(_ => FaultTargetProcess.Start("pool-race-rounds", directory["pool"]))];
        try
        {
            int[] wins = new int[Processes];
            for (int round = 1; round <= rounds; round++)
            {
                string[] answers = await SayToAllAsync(racers, "open");
                Assert.True(answers.Count(answer => answer == "won") == 1 && answers.Count(answer => answer == "refused pool-in-use") == Processes - 1, $"round {round}: {string.Join(", ", answers)}");
                wins[Array.IndexOf(answers, "won")]++;
                Assert.All(await SayToAllAsync(racers, "let go"), answer => Assert.Equal("over", answer));
            }

            output.WriteLine($"{rounds} races of {Processes} processes, won {string.Join(", ", wins)} times");
        }
        finally
        {
            foreach (Process racer in racers)
            {
                racer.Kill();
                racer.Dispose();
            }
        }

        await AssertCountAsync(directory["pool"], rounds);
    }

    [Fact]
    public async Task ManyProcesses_OpenOnePoolAgainAndAgain_NoCountIsLost()
    {
        int wins = LongRun.IsAsked ? 20 : 5; // of each
        using var directory = new TempDirectory();
        await CreateAsync(directory["pool"]);

        string[][] results = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => FaultTargetProcess.RunUnderAsync(["env"], "pool-race", directory["pool"], $"{wins}")));

        int refused = results.Sum(lines => int.Parse(Assert.Single(lines).Split(' ')[1], CultureInfo.InvariantCulture));
        output.WriteLine($"{Processes * wins} openings by {Processes} processes, {refused} more refused");
        Assert.InRange(refused, 1, int.MaxValue);
        await AssertCountAsync(directory["pool"], Processes * wins);
    }

    [Fact]
    public async Task Owner_StoppedWhileItWrites_KeepsThePoolUntilItIsKilled()
    {
        const int StopsAfterMost = 20; // lines
        int rounds = LongRun.IsAsked ? 200 : 10;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "stops processes by a signal");
        using var directory = new TempDirectory();
        var history = new KillHistory(directory["pool"]);
        for (int round = 1; round <= rounds; round++)
        {
            var lines = new List<string>();
            using Process owner = FaultTargetProcess.Start("pool-kill", directory["pool"], $"{round}", "1000000");
            try
            {
                while (lines.Count < 1 + (round % StopsAfterMost))
                {
                    lines.Add(await owner.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the owner ended"));
                }

                await OutsideProgram.RunToSuccessAsync("kill", "-STOP", $"{owner.Id}");

                // The owner cannot answer, so an opener that waited for it would not come back.
                await Assert.ThrowsAsync<PoolInUseException>(() => DiskPool.OpenAsync(directory["pool"]).WaitAsync(TimeSpan.FromSeconds(30)));
                await Assert.ThrowsAsync<PoolInUseException>(() => DiskPool.OpenAsync(directory["pool"], new DiskPoolOptions { ReadOnly = true }).WaitAsync(TimeSpan.FromSeconds(30)));
            }
            finally
            {
                owner.Kill();
                await owner.WaitForExitAsync(CancellationToken.None);
            }

            string rest = await owner.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await history.VerifyAsync([.. lines, .. rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)], $"round {round}");
        }

        output.WriteLine($"{rounds} owners stopped, then killed; {history.Newest} writes, {history.Acknowledged} acknowledgements, 0 violations");
    }

    private static async Task CreateAsync(string path)
    {
        await using DiskPool fresh = await DiskPool.OpenOrCreateAsync(path);
        await fresh.CreateDiskAsync("a", BlockBytes);
    }

    private static async Task AssertCountAsync(string path, long count)
    {
        using DiskPool pool = await DiskPool.OpenAsync(path);
        using IDisk disk = pool.OpenDisk("a");
        Assert.Equal(count, Pattern.ReadStamp(disk.ReadBytes(0, BlockBytes)));
        await pool.AssertSoundAsync();
    }

    // All are told before the first is listened to.
    private static async Task<string[]> SayToAllAsync(Process[] racers, string line)
    {
        foreach (Process racer in racers)
        {
            await racer.StandardInput.WriteLineAsync(line);
            await racer.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        }

        return await Task.WhenAll(racers.Select(async racer =>
            await racer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? $"ended: {await racer.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}"));
    }
}
