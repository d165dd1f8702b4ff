namespace BlockSnap.Tests.Simulations;

/// <summary>The simulation finds what it is there to find: each planted bug within a stated number of seeds.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int Steps = 200;

    public static TheoryData<string> Bugs => [.. Enum.GetNames<Sabotage>().Where(name => name != nameof(Sabotage.None))];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void PlantedBug_IsFoundWithinTheStatedSeeds(string bug)
    {
        const int SeedsMax = 100;
        var sabotage = Enum.Parse<Sabotage>(bug);
        for (int seed = 1; seed <= SeedsMax; seed++)
        {
            if (Simulator.Run(SimulationCase.Of(seed, Steps), sabotage: sabotage).Violation is { } violation)
            {
                output.WriteLine($"{bug}: seed {seed}: {violation[..Math.Min(160, violation.Length)]}");
                return;
            }
        }

        Assert.Fail($"{bug} was not found within {SeedsMax} seeds.");
    }
}
