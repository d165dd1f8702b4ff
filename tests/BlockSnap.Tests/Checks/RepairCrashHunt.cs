using BlockSnap.Log;

namespace BlockSnap.Tests.Checks;

/// <summary>
/// Crashes at every call by which a repair writes its target: what is left is no pool yet, or the whole one. Called in copies of this assembly
/// too, so it takes and returns plain values.
/// </summary>
internal static class RepairCrashHunt
{
    private const int Seeds = 6;

    /// <summary>Crash states tried, and the first that is neither, or an empty text.</summary>
    public static (long States, string Violation) Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<(long States, string Violation)> RunAsync()
    {
        DamageSample sample = await DamageSample.MakeAsync();
        sample.Medium.Delete(CheckpointFiles.SuperblockName);
        sample.Medium.Delete(CheckpointFiles.SuperblockCopyName);
        var target = new CrashableDevice();
        long states = 0;
        string violation = "";
        target.Before = (call, name) =>
        {
            foreach (CrashableDevice state in StatesOf(target))
            {
                states++;
                violation = violation.Length > 0 ? violation : Judge(sample, state, mustBeThere: false, $"before {call} of '{name}'");
            }
        };
        await DiskPool.RepairAsync(sample.Medium, target, options: Crashes.CrashChoice.Options());
        target.Before = null;
        foreach (CrashableDevice state in StatesOf(target))
        {
            states++;
            violation = violation.Length > 0 ? violation : Judge(sample, state, mustBeThere: true, "at the end");
        }

        return (states, violation);
    }

    private static IEnumerable<CrashableDevice> StatesOf(CrashableDevice target)
    {
        yield return target.CrashState(CrashMode.Nothing);
        yield return target.CrashState(CrashMode.Everything);
        for (int seed = 0; seed < Seeds; seed++)
        {
            yield return target.CrashState(CrashMode.OneDropped, seed);
            yield return target.CrashState(CrashMode.Subset, seed);
        }
    }

    private static string Judge(DamageSample sample, CrashableDevice state, bool mustBeThere, string when)
    {
        try
        {
            if (!IsPool(state))
            {
                return mustBeThere ? $"{when}: there is no pool" : "";
            }

            using DiskPool pool = Crashes.CrashChoice.Open(state);
            sample.AssertWhole(pool);
            return "";
        }
        catch (Exception e)
        {
            return $"{when}: {e.Message}";
        }
    }

    // A superblock is what makes a directory a pool.
    private static bool IsPool(CrashableDevice state)
    {
        try
        {
            return CheckpointFiles.HasSuperblock(state) && CheckpointFiles.ReadSuperblock(state) is not null;
        }
        catch (PoolCorruptedException)
        {
            return false;
        }
    }
}
