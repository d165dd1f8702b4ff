namespace BlockSnap.Tests.Testing;

public sealed class SeededRandomTests
{
    [Fact]
    public void NextInt64_SameSeed_GivesTheNumbersItAlwaysGave()
    {
        var random = new SeededRandom(0);
        // The published outputs of SplitMix64 for the state 0.
        Assert.Equal(unchecked((long)0xE220A8397B1DCDAF), random.NextInt64());
        Assert.Equal(0x6E789E6AA1B965F4, random.NextInt64());
    }

    [Fact]
    public void NextInt64_NeighbouringSeeds_HaveNoNumberInCommon()
    {
        var seen = new HashSet<long>();
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new SeededRandom(seed);
            for (int i = 0; i < 50; i++)
            {
                Assert.True(seen.Add(random.NextInt64()));
            }
        }
    }

    [Fact]
    public void Next_AnyBound_StaysBelowItAndMeetsEveryNumber()
    {
        var random = new SeededRandom(7);
        int[] seen = new int[5];
        for (int i = 0; i < 1000; i++)
        {
            seen[random.Next(5)]++;
            Assert.InRange(random.Next(-3, 4), -3, 3);
        }

        Assert.All(seen, count => Assert.InRange(count, 100, 300));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(0));
    }
}
