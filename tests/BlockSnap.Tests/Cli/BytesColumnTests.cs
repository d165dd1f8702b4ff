using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class BytesColumnTests
{
    [Theory]
    [InlineData(0, 768L << 20, null, "0 B of 768 MiB")]
    [InlineData(179L << 20, 768L << 20, 1048576.0, "179 MiB of 768 MiB, 1 MiB/s")]
    public void Text_HasTheUnitsOfEverythingElse(long done, long total, double? speed, string expected) => Assert.Equal(expected, BytesColumn.TextOf(done, total, speed));
}
