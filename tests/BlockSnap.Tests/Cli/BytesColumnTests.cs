using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class BytesColumnTests
{
    // At 60 columns the title lost its last letters to the bytes.
    [Theory]
    [InlineData(79, false)]
    [InlineData(80, true)]
    public void Columns_OfANarrowTerminal_LeaveTheBytesOut(int width, bool hasBytes) =>
        Assert.Equal(hasBytes, ProgressBar.ColumnsOf(ProgressUnit.Bytes, width).Any(column => column is BytesColumn));

    [Theory]
    [InlineData(0, 768L << 20, null, "0 B of 768 MiB")]
    [InlineData(179L << 20, 768L << 20, 1048576.0, "179 MiB of 768 MiB, 1 MiB/s")]
    public void Text_HasTheUnitsOfEverythingElse(long done, long total, double? speed, string expected) => Assert.Equal(expected, BytesColumn.TextOf(done, total, speed));
}
