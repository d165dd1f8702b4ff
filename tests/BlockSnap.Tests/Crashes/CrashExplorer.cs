namespace BlockSnap.Tests.Crashes;

/// <summary>
/// Does a history to a pool and, at its calls to the device, takes what crashes would leave, opens each and judges it: it must open by
/// itself, a check with data must find nothing, and all disks, snapshots and undo points together must be those after some prefix of the
/// acknowledged operations that includes all before the last completed flush. Some recoveries crash as well.
/// </summary>
internal sealed class CrashExplorer(int checkpointKiB, CrashEffort effort, int violationsMax)
{
    // What the states met before held, by their bytes.
    private readonly Dictionary<ulong, int> _known = [];
    private int _sound;

    public List<string> Violations { get; } = [];

    /// <summary>Calls to the device of the history.</summary>
    public int Calls { get; private set; }

    /// <summary>Crash states judged.</summary>
    public long States { get; private set; }

    /// <summary>Those that crashed in a recovery.</summary>
    public long RecoveryStates { get; private set; }

    /// <summary>Recoveries of what a crash in a recovery left, that crashed as well.</summary>
    public int SecondRecoveries { get; private set; }

    /// <summary>Those with bytes met for the first time, which were opened; the others are judged by what their like held.</summary>
    public int Opened => _known.Count;

    /// <summary>States after which it gives up.</summary>
    public long StatesMax { get; init; } = long.MaxValue;

    /// <summary>Whether the history has more than writes, snapshots, rollbacks, clones and deletions.</summary>
    public bool HasLife { get; init; } = true;

    public bool IsOver => Violations.Count >= violationsMax || States >= StatesMax;

    /// <summary>The whole of it, beginning with an empty device.</summary>
    public void Explore(int seed, int operations, int ballastBytes)
    {
        var medium = new CrashableDevice();
        var run = new CrashRun();
        var workload = new CrashWorkload(seed, HasLife);
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB, time: workload.Time);
        medium.Before = (call, name) => Meet(run, medium, $"seed {seed}, {call} {name}", effort.KillAtSuperblocks && call == DeviceCall.Flush && name == "superblock");
        foreach (CrashOperation operation in CrashWorkload.Disks().Concat(ballastBytes > 0 ? workload.Ballast(ballastBytes) : []))
        {
            run.Do(pool, operation);
        }

        for (int i = 1; i <= operations && !IsOver; i++)
        {
            run.Do(pool, workload.Next(run.Model));
            if (i % 100 == 0)
            {
                run.Close(pool);
                pool = CrashChoice.Open(medium, checkpointKiB, time: workload.Time);
            }
        }

        medium.Before = null;
        pool.Abandon();
    }

    private void Meet(CrashRun run, CrashableDevice medium, string place, bool kill)
    {
        Calls++;
        if (Calls % effort.CallStride == 0)
        {
            foreach ((CrashMode mode, int modeSeed) in effort.Variants(Calls, medium.UnsyncedCount))
            {
                CrashableDevice left = medium.CrashState(mode, modeSeed);
                string where = $"{place}, call {Calls}, {mode} {modeSeed}, {run.Operation}";
                if (Judge(run, left, where) && ++_sound % effort.RecoveryStride == 0)
                {
                    CrashDuringRecovery(run, medium.CrashState(mode, modeSeed), where);
                }
            }
        }

        if (kill || Calls % effort.KillStride == 0)
        {
            CrashDuringRecovery(run, medium.Copy(), $"{place}, call {Calls}, killed, {run.Operation}");
        }
    }

    // The power is cut at each call of a recovery, and after it; what opens then must be an allowed prefix too.
    private void CrashDuringRecovery(CrashRun run, CrashableDevice medium, string where, bool isSecond = false)
    {
        if (IsOver)
        {
            return;
        }

        int call = 0;
        medium.Before = (_, name) =>
        {
            call++;
            if (!isSecond && effort.SecondRecoveryStride > 0 && call % effort.SecondRecoveryStride == 0)
            {
                SecondRecoveries++;
                CrashDuringRecovery(run, medium.CrashState(CrashMode.LastTorn, call), $"{where}, then torn in recovery call {call} on {name}", isSecond: true);
            }

            foreach ((CrashMode mode, int modeSeed) in CrashEffort.RecoveryVariants(call, medium.UnsyncedCount))
            {
                RecoveryStates++;
                Judge(run, medium.CrashState(mode, modeSeed), $"{where}, then in recovery call {call} on {name}, {mode} {modeSeed}");
            }
        };
        try
        {
            CrashChoice.Open(medium, checkpointKiB).Abandon();
            RecoveryStates++;
            Judge(run, medium.CrashState(CrashMode.Nothing), $"{where}, then after recovery");
        }
        catch (Exception e)
        {
            Violations.Add($"{where}, opening: {e}");
        }
    }

    // Whether the state is a new one and holds an allowed prefix.
    private bool Judge(CrashRun run, CrashableDevice left, string where)
    {
        if (IsOver)
        {
            return false;
        }

        States++;
        ulong fingerprint = left.Fingerprint();
        if (_known.TryGetValue(fingerprint, out int known))
        {
            if (known >= 0 && !run.Allows(known))
            {
                Violations.Add($"{where}: it holds the state after step {known}, but step {run.Floor} was durable");
            }

            return false; // nothing new to learn from it
        }

        string? problem = CrashVerifier.Verify(run, left, checkpointKiB, out int steps);
        _known[fingerprint] = problem is null ? steps : -1;
        if (problem is not null)
        {
            Violations.Add($"{where}: {problem}");
        }

        return problem is null;
    }
}
