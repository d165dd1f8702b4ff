namespace BlockSnap.Tests.Simulations;

/// <summary>Looks for the first seed whose simulation does not get along with a library. Called in copies of this assembly, so it takes and returns plain values.</summary>
internal static class PlantedHunt
{
    private const int Steps = 200;

    /// <summary>The seed and its violation, or 0 and an empty text.</summary>
    public static (long Seed, string Violation) Run(int seedsMax)
    {
        for (long seed = 1; seed <= seedsMax; seed++)
        {
            if (Simulator.Run(SimulationCase.Of(seed, Steps)).Violation is { } violation)
            {
                return (seed, violation);
            }
        }

        return (0, "");
    }

    /// <summary>How many steps the first failing case has, and how many are left after shrinking; both 0 when none fails.</summary>
    public static (int Steps, int Shrunk) Shrink(int seedsMax, int runsMax)
    {
        if (Run(seedsMax) is not { Seed: > 0 and long seed })
        {
            return (0, 0);
        }

        SimulationCase failing = SimulationCase.Of(seed, Steps);
        return (failing.Steps.Count, Shrinker.Shrink(failing, runsMax).Steps.Count);
    }
}
