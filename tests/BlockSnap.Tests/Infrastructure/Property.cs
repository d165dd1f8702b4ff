using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// Runs a property over generated cases and throws with the shrunk case and its seed when one fails.
/// FSCHECK_TESTS sets the number of cases; FSCHECK_REPLAY=seed,gamma[,size] repeats the run a failure printed.
/// </summary>
internal static class Property
{
    internal const string TestsVariable = "FSCHECK_TESTS";
    internal const string ReplayVariable = "FSCHECK_REPLAY";

    /// <summary>Checks that <paramref name="body"/> does not throw for any case of <paramref name="cases"/>.</summary>
    /// <param name="name">What stands in the failure message.</param>
    /// <param name="cases">Generator and shrinker of the cases.</param>
    /// <param name="body">The property; asserts inside.</param>
    /// <param name="casesMax">Cases to run unless FSCHECK_TESTS says otherwise.</param>
    public static void Check<T>(string name, Arbitrary<T> cases, Action<T> body, int casesMax = 100)
    {
        var config = Configure(
            name,
            casesMax,
            Environment.GetEnvironmentVariable(TestsVariable),
            Environment.GetEnvironmentVariable(ReplayVariable));
        Prop.ForAll(cases, body).Check(config);
    }

    internal static Config Configure(string name, int casesMax, string? tests, string? replay)
    {
        var config = Config.QuickThrowOnFailure.WithName(name).WithMaxTest(casesMax);
        if (!string.IsNullOrEmpty(tests))
        {
            config = config.WithMaxTest(int.Parse(tests, CultureInfo.InvariantCulture));
        }

        if (string.IsNullOrEmpty(replay))
        {
            return config;
        }

        // FsCheck prints "(seed,gamma,size)": the brackets may be left in.
        var parts = replay.Trim('(', ')', ' ').Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length is not (2 or 3))
        {
            throw new FormatException($"{ReplayVariable} is '{replay}', expected seed,gamma[,size].");
        }

        var seed = ulong.Parse(parts[0], CultureInfo.InvariantCulture);
        var gamma = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
        return parts.Length == 2
            ? config.WithReplay(seed, gamma)
            : config.WithReplay(seed, gamma, int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
