using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0, "0 snapshots")]
    [InlineData(1, "1 snapshot")]
    [InlineData(2, "2 snapshots")]
    [InlineData(10_000, "10000 snapshots")]
    public void Count_IsPluralButForOne(long count, string expected) => Assert.Equal(expected, Words.Count(count, "snapshot"));

    [Fact]
    public void Of_AValue_IsItsNameInSmallWords() => Assert.Equal("after-deletes", Words.Of(HolePunching.AfterDeletes));
}
