using FsCheck;
using FsCheck.Fluent;

namespace BlockSnap.Tests.Infrastructure;

public sealed class PropertyTests
{
    [Fact]
    public void Check_TrueProperty_RunsAndPasses()
    {
        var cases = 0;
        Property.Check("reverse twice is the identity", ArbMap.Default.ArbFor<int[]>(), values =>
        {
            cases++;
            Assert.Equal(values, values.Reverse().Reverse());
        });
        Assert.True(cases > 0);
    }

    [Fact]
    public void Check_FalseProperty_ThrowsWithNameAndShrunkCase()
    {
        var error = Assert.ThrowsAny<Exception>(() => Property.Check(
            "no number above nine",
            Gen.Choose(0, 1000).ToArbitrary(),
            value => Assert.True(value <= 9),
            casesMax: 1000));
        Assert.Contains("no number above nine", error.Message, StringComparison.Ordinal);
        Assert.Contains("Falsifiable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configure_TestsGiven_ReplacesTheDefault()
        => Assert.Equal(7, Property.Configure("p", 100, "7", null).MaxTest);

    [Theory]
    [InlineData("12345,6789")]
    [InlineData("12345,6789,10")]
    [InlineData("(12345,6789,10)")]
    public void Configure_SameReplay_GivesTheSameCases(string replay)
        => Assert.Equal(Run(replay), Run(replay));

    [Fact]
    public void Configure_OtherReplay_GivesOtherCases()
        => Assert.NotEqual(Run("12345,6789"), Run("54321,6789"));

    [Fact]
    public void Configure_MalformedReplay_Throws()
        => Assert.Throws<FormatException>(() => Property.Configure("p", 100, null, "12345"));

    private static List<int> Run(string replay)
    {
        var seen = new List<int>();
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seen.Add).Check(Property.Configure("p", 20, null, replay));
        return seen;
    }
}
