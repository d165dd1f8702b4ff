namespace BlockSnap.Simulation;

/// <summary>Makes a failing case short: leaves out steps, by halves first, then one by one, and does steps by themselves that were inside others, as long as the same still goes wrong.</summary>
internal static class Shrinker
{
    private static readonly string[] s_kinds = ["it is no prefix", "what is known changed"];

    /// <param name="failing">A case that fails.</param>
    /// <param name="runsMax">Cases to try at most.</param>
    /// <param name="sabotage">The bug that is planted, if any.</param>
    public static SimulationCase Shrink(SimulationCase failing, int runsMax = 1500, Sabotage sabotage = Sabotage.None)
    {
        SimulationCase shortest = failing;
        string wanted = KindOf(Simulator.Run(failing, sabotage: sabotage).Violation);
        LeaveOut(Math.Max(1, failing.Steps.Count / 2));
        for (int before = 0; before != shortest.Steps.Count && runsMax > 0;)
        {
            before = shortest.Steps.Count;
            for (int i = 0; i < shortest.Steps.Count; i++)
            {
                if (shortest.Steps[i].Within > 0)
                {
                    TryWith([.. shortest.Steps.Take(i), shortest.Steps[i] with { Within = 0 }, .. shortest.Steps.Skip(i + 1)]);
                }
            }

            LeaveOut(2); // two at once: one may undo the other
        }

        return shortest;

        void LeaveOut(int chunk)
        {
            for (bool shrank = true; shrank || chunk > 1; chunk = Math.Max(1, chunk / 2))
            {
                shrank = false;
                for (int start = 0; start < shortest.Steps.Count && runsMax > 0;)
                {
                    bool isShorter = TryWith([.. shortest.Steps.Take(start), .. shortest.Steps.Skip(start + chunk)]);
                    shrank |= isShorter;
                    start += isShorter ? 0 : chunk;
                }
            }
        }

        bool TryWith(IReadOnlyList<Step> steps)
        {
            SimulationCase other = shortest with { Steps = steps };
            if (runsMax-- <= 0 || KindOf(Simulator.Run(other, sabotage: sabotage).Violation) != wanted)
            {
                return false;
            }

            shortest = other;
            return true;
        }
    }

    // What a violation says without names, numbers and hashes: so that one defect does not turn into another on the way, and may still be met elsewhere.
    private static string KindOf(string? violation) => violation is null ? ""
        : s_kinds.FirstOrDefault(violation.Contains) ?? string.Join(' ', violation.Split(':')[0].Split(' ').Where(word => !word.Any(char.IsDigit)).Take(6));
}
