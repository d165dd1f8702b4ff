using System.Diagnostics;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>
/// Crashes at the calls to the device of a whole pool (I7, P0, P1, P4, P5): after each the pool opens by itself, a check with data finds
/// nothing, and disks, snapshots and undo points are together those after some prefix of the acknowledged operations that includes all
/// before the last completed flush. BLOCKSNAP_CRASH_ALL=1 takes every call and more modes instead of a sample.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int ViolationsMax = 20;

    private readonly List<string> _violations = [];
    private int _states;

    /// <summary>Seed, operations, checkpoint interval in KiB, bytes that fill the pool at first.</summary>
    public static TheoryData<int, int, int, int> Histories => new()
    {
        { 1, 600, 128, 0 },
        { 2, 600, 64, 0 },
        { 3, 200, 256, 5 << 20 },
        { 4, 600, 64, 0 },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void Crash_AtAnyDeviceCall_LeavesAPrefix(int seed, int operations, int checkpointKiB, int ballastBytes)
    {
        var explorer = new CrashExplorer(
            checkpointKiB,
            LongRun.IsAsked ? new CrashEffort(CallStride: 1, Subsets: 4, RecoveryStride: 300, KillStride: 25) : new CrashEffort(CallStride: 20, Subsets: 2, RecoveryStride: 500, KillStride: 400),
            ViolationsMax);
        explorer.Explore(seed, operations, ballastBytes);
        output.WriteLine(
            $"{operations} operations, {explorer.Calls} calls, {explorer.States} crash states of which {explorer.RecoveryStates} in a recovery, {explorer.Opened} of them different and opened, {explorer.Violations.Count} violations");
        Assert.True(explorer.Violations.Count == 0, string.Join('\n', explorer.Violations.Take(5)));
    }

    /// <summary>Fewer calls, and at each more of what may be left: 32 random choices, and what crashed in a recovery crashes in the next one too.</summary>
    [Fact]
    public void Crash_ManyChoicesAndRecoveriesOfRecoveries_LeavesAPrefix()
    {
        const int Operations = 400;
        int stride = LongRun.IsAsked ? 8 : 80;
        var explorer = new CrashExplorer(
            checkpointKiB: 64,
            new CrashEffort(stride, Subsets: 32, RecoveryStride: int.MaxValue, KillStride: stride * 10) { SecondRecoveryStride = 10 },
            ViolationsMax);
        explorer.Explore(seed: 5, Operations, ballastBytes: 0);
        output.WriteLine(
            $"{Operations} operations, {explorer.Calls} calls, {explorer.States} crash states of which {explorer.RecoveryStates} in a recovery, among them {explorer.SecondRecoveries} recoveries of a recovery, {explorer.Opened} different and opened, {explorer.Violations.Count} violations");
        Assert.InRange(explorer.SecondRecoveries, 3, int.MaxValue);
        Assert.True(explorer.Violations.Count == 0, string.Join('\n', explorer.Violations.Take(5)));
    }

    /// <summary>One pool that crashes again and again and goes on from what was left.</summary>
    [Theory]
    [InlineData(100, 0)]
    [InlineData(200, 5 << 20)]
    public void Crash_AgainAndAgain_EachLeavesAPrefixOfTheLifeBefore(int firstSeed, int ballastBytes)
    {
        var clock = Stopwatch.StartNew();
        int lives = 0;
        for (int seed = firstSeed; LongRun.IsAsked ? seed < firstSeed + 40 : clock.Elapsed.TotalSeconds < 6; seed++)
        {
            lives += LiveAndDie(seed, ballastBytes);
        }

        Report($"{lives} lives");
    }

    private int LiveAndDie(int seed, int ballastBytes)
    {
        const int LivesMax = 12;
        var random = new Random(seed);
        var workload = new CrashWorkload(seed);
        var run = new CrashRun();
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, 64, time: workload.Time);
        foreach (CrashOperation operation in CrashWorkload.Disks().Concat(ballastBytes > 0 ? workload.Ballast(ballastBytes) : []))
        {
            run.Do(pool, operation);
        }

        for (int life = 1; life <= LivesMax; life++)
        {
            int callsLeft = random.Next(1, 200);
            CrashMode mode = Enum.GetValues<CrashMode>()[random.Next(Enum.GetValues<CrashMode>().Length)];
            int modeSeed = random.Next();
            string where = "";
            CrashableDevice? left = null;
            CrashableDevice living = medium;
            medium.Before = (call, name) =>
            {
                if (--callsLeft > 0)
                {
                    return;
                }

                if (left is null)
                {
                    where = $"seed {seed}, life {life}, {mode} {modeSeed}, {run.Operation}, {call} {name}";
                    left = living.CrashState(mode, modeSeed);
                }

                throw new IOException("crash");
            };
            try
            {
                while (true)
                {
                    for (int i = random.Next(1, 60); i > 0; i--)
                    {
                        run.Do(pool, workload.Next(run.Model));
                    }

                    run.Close(pool);
                    pool = CrashChoice.Open(medium, 64, time: workload.Time);
                }
            }
            catch (IOException) when (left is not null)
            {
                pool.Abandon();
            }
            catch (Exception e) when (left is null)
            {
                _violations.Add($"seed {seed}, life {life}, {run.Operation}: {e}");
                return life;
            }

            medium = left!;
            int steps = Verify(run, left!.CrashState(CrashMode.Everything), 64, where);
            if (steps < 0)
            {
                return life;
            }

            run.ReturnTo(steps);
            try
            {
                pool = CrashChoice.Open(medium, 64, time: workload.Time);
            }
            catch (Exception e)
            {
                _violations.Add($"{where}, opening: {e}");
                return life;
            }
        }

        pool.Abandon();
        return LivesMax;
    }

    // Opens what a crash left, checks it and compares. Returns the prefix it holds, -1 when it is none.
    private int Verify(CrashRun run, CrashableDevice left, int checkpointKiB, string where)
    {
        if (_violations.Count >= ViolationsMax)
        {
            return -1;
        }

        _states++;
        if (CrashVerifier.Verify(run, left, checkpointKiB, out int steps) is { } problem)
        {
            _violations.Add($"{where}: {problem}");
            return -1;
        }

        return steps;
    }

    private void Report(string what)
    {
        output.WriteLine($"{what}, {_states} crash states, {_violations.Count} violations");
        Assert.True(_violations.Count == 0, string.Join('\n', _violations.Take(5)));
    }
}
