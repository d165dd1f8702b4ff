using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public class DiskPathTests
{
    [Theory]
    [InlineData("vm1", "vm1", null)]
    [InlineData("vm1@before", "vm1", "before")]
    [InlineData("d-0123456789abcdef0123456789abcdef@s.1", "d-0123456789abcdef0123456789abcdef", "s.1")]
    [InlineData("Платте@März:1", "Платте", "März:1")]
    public void Parse_Path_GivesItsPartsAndItselfBack(string text, string disk, string? snapshot)
    {
        Assert.True(DiskPath.TryParse(text, out DiskPath path));
        Assert.Equal(disk, path.Disk);
        Assert.Equal(snapshot, path.Snapshot);
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("@snap")]
    [InlineData("disk@")]
    [InlineData("a@b@c")]
    public void Parse_EmptyOrTooManyParts_IsRefused(string text) => Assert.False(DiskPath.TryParse(text, out _));
}
