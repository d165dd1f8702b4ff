using System.Diagnostics;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>A process writes to a pool on a real file system that is shut down under it; mounted again, the pool holds what was acknowledged.</summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("ext4", 1)]
    [InlineData("xfs", 2)]
    public async Task FileSystemShutDown_PoolHoldsAPrefixWithAllThatWasAcknowledged(string kind, int seed)
    {
        const int Cuts = 8;
        await using LoopFileSystem fileSystem = await LoopFileSystem.MountAsync(kind);
        var history = new KillHistory(Path.Join(fileSystem.Path, "pool"));
        var random = new Random(seed);
        for (int cut = 1; cut <= Cuts; cut++)
        {
            await LoseAsync(fileSystem, random, history, $"{kind}, cut {cut}", cut);
        }

        output.WriteLine($"{kind}: {Cuts} power cuts, {history.Newest} writes, {history.Acknowledged} acknowledgements, 0 violations");
        Assert.True(history.Acknowledged > Cuts, "too little was acknowledged to prove anything");
    }

    /// <summary>The control: with syncs that do nothing the same loses what was acknowledged.</summary>
    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    public async Task FileSystemShutDown_SyncsLeftOut_LosesWhatWasAcknowledged(string kind)
    {
        await using LoopFileSystem fileSystem = await LoopFileSystem.MountAsync(kind);
        using var directory = new TempDirectory();
        string program = FaultTargetProcess.CopyWith(SyncPoints.WithoutAll(File.ReadAllBytes(CallSites.LibraryPath), "Libc.SyncData"), directory["program"]);
        var history = new KillHistory(Path.Join(fileSystem.Path, "pool"));
        await Assert.ThrowsAnyAsync<Exception>(() => LoseAsync(fileSystem, new Random(1), history, $"{kind}, without syncs", 1, program));
    }

    private static async Task LoseAsync(LoopFileSystem fileSystem, Random random, KillHistory history, string where, int seed, string? program = null)
    {
        using Process target = FaultTargetProcess.StartCopy(program, "pool-kill", Path.Join(fileSystem.Path, "pool"), $"{seed}", "1000000");
        var lines = new List<string>();
        while (lines.Count(line => line != "ready") < 5 + random.Next(30) && await target.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
        }

        await fileSystem.CutPowerAsync();
        target.Kill();
        string rest = await target.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await target.WaitForExitAsync(TestContext.Current.CancellationToken);
        await fileSystem.RemountAsync();

        // A sync that runs while ext4 is shut down may succeed and prove nothing; after a real power cut nobody would hear of it.
        await history.VerifyAsync(lines, where, rest.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
