using System.Diagnostics;
using System.Globalization;
using BlockSnap.Simulation;

long first = 1;
int seeds = 100;
int steps = 200;
bool isVerbose = false;
for (int i = 0; i < args.Length; i++)
{
    if (i + 1 >= args.Length || !long.TryParse(args[i + 1], CultureInfo.InvariantCulture, out long value))
    {
        return Usage();
    }

    switch (args[i++])
    {
        case "--seeds":
            seeds = (int)value;
            break;
        case "--first":
            first = value;
            break;
        case "--steps":
            steps = (int)value;
            break;
        case "--seed":
            (first, seeds, isVerbose) = (value, 1, true);
            break;
        default:
            return Usage();
    }
}

var clock = Stopwatch.StartNew();
long operations = 0;
long nested = 0;
long crashes = 0;
long faults = 0;
int violations = 0;
for (long seed = first; seed < first + seeds; seed++)
{
    SimulationCase @case = SimulationCase.Of(seed, steps);
    SimulationResult result = Simulator.Run(@case, isVerbose ? Console.WriteLine : null);
    operations += result.Operations;
    nested += result.Nested;
    crashes += result.Crashes;
    faults += result.Faults;
    if (result.Violation is not null)
    {
        violations++;
        Report(@case, result);
    }
}

Console.WriteLine($"{seeds} seeds, {operations} operations ({nested} inside others), {crashes} crashes, {faults} faults, {violations} violations in {clock.Elapsed.TotalSeconds:F0} s");
return violations == 0 ? 0 : 1;

void Report(SimulationCase @case, SimulationResult result)
{
    Console.WriteLine($"seed {@case.Seed}: {result.Violation}");
    Console.WriteLine($"again: dotnet run -c Release --project tests/BlockSnap.Simulation -- --steps {steps} --seed {@case.Seed}");
    SimulationCase shortest = Shrinker.Shrink(@case);
    Console.WriteLine($"shrunk to {shortest.Steps.Count} steps:");
    foreach (Step step in shortest.Steps)
    {
        Console.WriteLine($"    {step},");
    }

    SimulationResult again = Simulator.Run(shortest, line => Console.WriteLine($"  | {line}"));
    Console.WriteLine($"  | {again.Violation}");
}

static int Usage()
{
    Console.Error.WriteLine("usage: [--seeds N] [--first S] [--steps M] | [--seed S (one, told step by step)] [--steps M]");
    return 2;
}
