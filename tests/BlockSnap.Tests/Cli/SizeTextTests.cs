using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class SizeTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("007", 7)]
    [InlineData("64K", 64L << 10)]
    [InlineData("64KiB", 64L << 10)]
    [InlineData("64k", 64L << 10)]
    [InlineData("3M", 3L << 20)]
    [InlineData("3MiB", 3L << 20)]
    [InlineData("10G", 10L << 30)]
    [InlineData("10GiB", 10L << 30)]
    [InlineData("64T", 64L << 40)]
    [InlineData("64TiB", 64L << 40)]
    [InlineData("4194304T", 1L << 62)]
    [InlineData("4611686018427387904", 1L << 62)]
    public void Parse_Size_GivesBytes(string text, long expected)
    {
        Assert.True(SizeText.TryParse(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 K")]
    [InlineData("1.5G")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("K")]
    [InlineData("GiB")]
    [InlineData("1KB")]
    [InlineData("1B")]
    [InlineData("1i")]
    [InlineData("1KK")]
    [InlineData("1KiBi")]
    [InlineData("1P")]
    [InlineData("ten")]
    [InlineData("١")]
    [InlineData("4611686018427387905")]
    [InlineData("4194305T")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999T")]
    public void Parse_Nonsense_IsRefused(string text) => Assert.False(SizeText.TryParse(text, out _));
}
