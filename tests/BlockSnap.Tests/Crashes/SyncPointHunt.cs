namespace BlockSnap.Tests.Crashes;

/// <summary>Looks for the first crash that a library does not survive. Called in copies of this assembly, so it takes and returns plain values.</summary>
internal static class SyncPointHunt
{
    // Killed processes whose recovery loses power are the rarest and find what no other crash does, so they come often.
    private static readonly CrashEffort s_deep = new(CallStride: 3, Subsets: 2, RecoveryStride: 60, KillStride: 9, KillAtSuperblocks: true);

    // Without them a history of the same price is many times as long.
    private static readonly CrashEffort s_long = new(CallStride: 2, Subsets: 0, RecoveryStride: int.MaxValue, KillStride: int.MaxValue);

    /// <summary>Crash states tried, 56,000 at most, and the violation found or an empty text.</summary>
    public static (long States, string Violation) Run()
    {
        long states = 0;
        foreach ((CrashEffort effort, int seed) in new[] { (s_deep, 1), (s_long, 1), (s_deep, 2), (s_deep, 3), (s_long, 2), (s_long, 3), (s_long, 4) })
        {
            // Groups, policies and the like sync nothing that other operations do not.
            var explorer = new CrashExplorer(checkpointKiB: 64, effort, violationsMax: 1) { StatesMax = 8_000, HasLife = false };
            explorer.Explore(seed, operations: 600, ballastBytes: 0);
            states += explorer.States;
            if (explorer.Violations.Count > 0)
            {
                return (states, explorer.Violations[0]);
            }
        }

        return (states, "");
    }
}
