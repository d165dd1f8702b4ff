using System.Globalization;

namespace BlockSnap.Tests.Hostile;

/// <summary>How much of a sweep a run takes: BLOCKSNAP_SWEEP is a factor on the default sample, or "all".</summary>
internal readonly record struct SweepShare(int Factor)
{
    public static SweepShare FromEnvironment() => new(Environment.GetEnvironmentVariable("BLOCKSNAP_SWEEP") switch
    {
        null or "" => 1,
        "all" => int.MaxValue,
        { } factor => int.Parse(factor, CultureInfo.InvariantCulture),
    });

    /// <summary>Whether everything is in.</summary>
    public bool IsAll => Factor == int.MaxValue;

    /// <summary>Whether this place is in, when one in so many is by default.</summary>
    public bool Takes(SeededRandom random, int step) => Factor >= step || random.Next(step) < Factor;

    /// <summary>A default number, multiplied, up to a limit.</summary>
    public int Times(int number, int most) => (int)Math.Min((long)number * Factor, most);
}
