using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class TagTextTests
{
    [Fact]
    public void Parse_Tags_SplitsAtTheFirstEquals()
    {
        Assert.Null(TagText.Parse(["team=web", "empty=", "expr=a=b"], out Dictionary<string, string> tags));
        Assert.Equal(new Dictionary<string, string> { ["team"] = "web", ["empty"] = "", ["expr"] = "a=b" }, tags);
    }

    [Theory]
    [InlineData("team")]
    [InlineData("=web")]
    [InlineData("")]
    public void Parse_WithoutKeyOrEquals_IsRefused(string text) => Assert.Contains("KEY=VALUE", TagText.Parse([text], out _));

    [Fact]
    public void Parse_DuplicateKey_IsRefused() => Assert.Contains("twice", TagText.Parse(["a=1", "A=1", "a=1"], out _));
}
