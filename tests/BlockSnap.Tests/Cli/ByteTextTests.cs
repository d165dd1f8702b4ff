using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class ByteTextTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData((1 << 20) - 1, "1 MiB")]
    [InlineData(10L << 30, "10 GiB")]
    [InlineData(1L << 62, "4 EiB")]
    public void Of_Bytes_HasAtMostOneDecimal(long bytes, string expected) => Assert.Equal(expected, ByteText.Of(bytes));

    [Fact]
    public void Exact_TellsApartWhatLooksTheSameInUnits() => Assert.Equal("10 GiB (10737418239 bytes)", ByteText.Exact((10L << 30) - 1));
}
