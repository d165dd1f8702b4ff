using System.Diagnostics;

namespace BlockSnap.Tests.Simulations;

/// <summary>
/// Whole lives of a pool on a simulated device, from seeds (P0 to P5): more of them by hand with
/// <c>dotnet run -c Release --project tests/BlockSnap.Simulation -- --seeds N</c>.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Steps = 200;

    [Fact]
    public void AnySeed_BreaksNoPromise()
    {
        const int SeedsMin = 40;
        var clock = Stopwatch.StartNew();
        int seeds = 0, operations = 0, nested = 0, crashes = 0, faults = 0;
        for (; seeds < SeedsMin || clock.Elapsed.TotalSeconds < 15; seeds++)
        {
            SimulationResult result = Simulator.Run(SimulationCase.Of(seeds + 1, Steps));
            Assert.True(result.Violation is null, $"dotnet run -c Release --project tests/BlockSnap.Simulation -- --seed {seeds + 1}: {result.Violation}");
            operations += result.Operations;
            nested += result.Nested;
            crashes += result.Crashes;
            faults += result.Faults;
        }

        Assert.True(nested > seeds && crashes > seeds && faults > seeds, "the simulation does too little");
        output.WriteLine($"{seeds} seeds, {operations} operations ({nested} inside others), {crashes} crashes, {faults} faults, 0 violations");
    }

    [Fact]
    public void SameSeed_TwiceAndAfterOthers_GivesTheSameTrace()
    {
        ulong[] first = [.. Enumerable.Range(1, 8).Select(seed => Simulator.Run(SimulationCase.Of(seed, Steps)).Trace)];
        ulong[] again = [.. Enumerable.Range(1, 8).Reverse().Select(seed => Simulator.Run(SimulationCase.Of(seed, Steps)).Trace).Reverse()];
        Assert.Equal(first, again);
        Assert.Equal(first.Length, first.Distinct().Count());
    }

    [Fact]
    public void Steps_OfManySeeds_AreOfEveryKindThatIsGivenWeight()
    {
        StepKind[] seen = [.. Enumerable.Range(1, 60).SelectMany(seed => SimulationCase.Of(seed, Steps).Steps).Select(step => step.Kind).Distinct()];
        Assert.Equal(SimulationCase.Kinds.Order(), seen.Order());
    }

    [Fact]
    public void Shrink_OfAFailingCase_LeavesFewStepsThatStillFail()
    {
        SimulationCase failing = Enumerable.Range(2, 50).Select(seed => SimulationCase.Of(seed, Steps)).First(@case => Fails(@case) is not null);
        SimulationCase shortest = Shrinker.Shrink(failing, runsMax: 150, Sabotage.DataFlushSkipped);
        Assert.NotNull(Fails(shortest));
        Assert.InRange(shortest.Steps.Count, 1, failing.Steps.Count / 4);

        static string? Fails(SimulationCase @case) => Simulator.Run(@case, sabotage: Sabotage.DataFlushSkipped).Violation;
    }
}
