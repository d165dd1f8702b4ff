namespace BlockSnap.Simulation;

/// <summary>Makes a failing case short: leaves out steps, by halves first, then one by one, as long as the same still goes wrong.</summary>
internal static class Shrinker
{
    /// <param name="failing">A case that fails.</param>
    /// <param name="runsMax">Cases to try at most.</param>
    /// <param name="sabotage">The bug that is planted, if any.</param>
    public static SimulationCase Shrink(SimulationCase failing, int runsMax = 600, Sabotage sabotage = Sabotage.None)
    {
        SimulationCase shortest = failing;
        string wanted = KindOf(Simulator.Run(failing, sabotage: sabotage).Violation);
        for (int chunk = Math.Max(1, failing.Steps.Count / 2); runsMax > 0;)
        {
            bool shrank = false;
            for (int start = 0; start < shortest.Steps.Count && runsMax > 0; runsMax--)
            {
                SimulationCase shorter = shortest with { Steps = [.. shortest.Steps.Take(start), .. shortest.Steps.Skip(start + chunk)] };
                if (KindOf(Simulator.Run(shorter, sabotage: sabotage).Violation) == wanted)
                {
                    shortest = shorter;
                    shrank = true;
                }
                else
                {
                    start += chunk;
                }
            }

            if (chunk == 1 && !shrank)
            {
                break;
            }

            chunk = Math.Max(1, chunk / 2);
        }

        return shortest;
    }

    // The beginning of a violation without its numbers: so that one defect does not turn into another on the way.
    private static string KindOf(string? violation) => violation is null ? "" : new string([.. violation.Take(60).Where(c => !char.IsDigit(c))]);
}
