namespace BlockSnap.Tests.Crashes;

/// <summary>How many of the crashes of a history are tried.</summary>
/// <param name="CallStride">Every how many calls to the device.</param>
/// <param name="Subsets">Random choices of what survives, at each.</param>
/// <param name="RecoveryStride">Of every how many states the recovery crashes too, at each of its calls.</param>
/// <param name="KillStride">Every how many calls the process ends but the caches stay, and the power is cut during the recovery.</param>
/// <param name="KillAtSuperblocks">Also each time that a superblock was written and is not yet flushed.</param>
internal sealed record CrashEffort(int CallStride, int Subsets, int RecoveryStride, int KillStride, bool KillAtSuperblocks = false)
{
    /// <summary>Single changes left out, at most.</summary>
    public const int DropsMax = 16;

    /// <summary>How many recoveries of recoveries crash too: at every so many of the calls of a recovery, the one that follows. 0 for none.</summary>
    public int SecondRecoveryStride { get; init; }

    /// <summary>What of the unsynced changes survives: each a mode and its seed.</summary>
    public IEnumerable<(CrashMode Mode, int Seed)> Variants(int call, int unsynced)
    {
        yield return (CrashMode.Nothing, 0);
        yield return (CrashMode.Everything, 0);
        yield return (CrashMode.LastTorn, call);
        yield return (CrashMode.LastTorn, call + 1);
        yield return (CrashMode.LastTornByPage, call);
        yield return (CrashMode.AllCut, call);
        foreach (int drop in Spread(unsynced))
        {
            yield return (CrashMode.OneDropped, drop);
        }

        for (int i = 0; unsynced > 1 && i < Subsets; i++)
        {
            yield return (CrashMode.Subset, (call * 64) + i);
        }
    }

    /// <summary>The same within a recovery, where each call is a state of many.</summary>
    public static IEnumerable<(CrashMode Mode, int Seed)> RecoveryVariants(int call, int unsynced)
    {
        yield return (CrashMode.Nothing, 0);
        yield return (CrashMode.Everything, 0);
        yield return (CrashMode.LastTorn, call);
        for (int drop = 0; drop < Math.Min(unsynced, 4); drop++)
        {
            yield return (CrashMode.OneDropped, drop);
        }

        for (int i = 0; unsynced > 0 && i < 3; i++)
        {
            yield return (CrashMode.Subset, (call * 64) + i);
            yield return (CrashMode.AllCut, (call * 64) + i);
        }
    }

    private static IEnumerable<int> Spread(int count) => Enumerable.Range(0, Math.Min(count, DropsMax)).Select(i => i * count / Math.Min(count, DropsMax));
}
