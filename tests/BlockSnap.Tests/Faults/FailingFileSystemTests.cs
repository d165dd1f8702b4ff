using System.Diagnostics;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>A process writes to a pool on a file system whose device fails for a moment: it stops with an error, acknowledges nothing more, and the pool holds all that it did.</summary>
public sealed class FailingFileSystemTests(ITestOutputHelper output)
{
    private const int Rounds = 6;

    // On a slow device writes and flushes are under way when it fails.
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task DeviceFailsForAMoment_PoolStopsAndHoldsWhatWasAcknowledged(int delayMs)
    {
        await using FailingFileSystem fileSystem = await FailingFileSystem.MountAsync(delayMs);
        var history = new KillHistory(Path.Join(fileSystem.Path, "pool"));
        var random = new Random(3);
        int stopped = 0;
        for (int round = 1; round <= Rounds; round++)
        {
            using Process target = FaultTargetProcess.Start("pool-kill", Path.Join(fileSystem.Path, "pool"), $"{round}", "1000000");
            var lines = new List<string>();
            while (lines.Count(line => line != "ready") < 5 + random.Next(delayMs > 0 ? 20 : 200) && await target.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                lines.Add(line);
            }

            Task<string> rest = target.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = target.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await fileSystem.FailAsync(TimeSpan.FromMilliseconds(50));
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try
            {
                await target.WaitForExitAsync(patience.Token);
                stopped++;
                string told = await error;
                Assert.True(told.Contains("Unhandled exception. BlockSnap.", StringComparison.Ordinal), $"round {round}: {told}"); // which one depends on what failed first
            }
            catch (OperationCanceledException)
            {
                target.Kill(); // nothing of it was being written just then
            }

            lines.AddRange((await rest).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            await target.WaitForExitAsync(TestContext.Current.CancellationToken);
            await fileSystem.RemountAsync();
            await history.VerifyAsync(lines, $"round {round}");
        }

        output.WriteLine($"writes of {delayMs} ms: {Rounds} failures, {stopped} pools stopped by them, {history.Newest} writes, {history.Acknowledged} acknowledgements, 0 lost");
        Assert.True(stopped > 0, "no failure was met");
    }
}
