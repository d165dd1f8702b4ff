using System.Diagnostics;
using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>Real processes that want one pool: one at a time has it, a stopped one keeps it, a killed one leaves it.</summary>
public sealed class OwnerTests(ITestOutputHelper output)
{
    private const int BlockBytes = 4096;

    [Fact]
    public async Task ManyProcesses_OpenOnePoolAgainAndAgain_NoCountIsLost()
    {
        const int Processes = 4;
        const int Tries = 250;
        using var directory = new TempDirectory();
        await using (DiskPool fresh = await DiskPool.OpenOrCreateAsync(directory["pool"]))
        {
            await fresh.CreateDiskAsync("a", BlockBytes);
        }

        string[][] results = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => FaultTargetProcess.RunUnderAsync(["env"], "pool-race", directory["pool"], $"{Tries}")));

        int won = results.Sum(lines => int.Parse(Assert.Single(lines).Split(' ')[1], CultureInfo.InvariantCulture));
        output.WriteLine($"{Processes * Tries} tries, {won} won");
        Assert.InRange(won, 1, (Processes * Tries) - 1);
        using DiskPool pool = await DiskPool.OpenAsync(directory["pool"]);
        using IDisk disk = pool.OpenDisk("a");
        Assert.Equal(won, Pattern.ReadStamp(disk.ReadBytes(0, BlockBytes)));
        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Owner_StoppedWhileItWrites_KeepsThePoolUntilItIsKilled()
    {
        int rounds = Environment.GetEnvironmentVariable("BLOCKSNAP_CRASH_ALL") == "1" ? 60 : 10;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "stops processes by a signal");
        using var directory = new TempDirectory();
        var history = new KillHistory(directory["pool"]);
        for (int round = 1; round <= rounds; round++)
        {
            var lines = new List<string>();
            using Process owner = FaultTargetProcess.Start("pool-kill", directory["pool"], $"{round}", "1000000");
            try
            {
                while (lines.Count < 1 + round)
                {
                    lines.Add(await owner.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the owner ended"));
                }

                await Tool.RunAsync("kill", "-STOP", $"{owner.Id}");

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
}
