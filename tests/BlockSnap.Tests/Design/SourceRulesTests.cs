namespace BlockSnap.Tests.Design;

public sealed class SourceRulesTests
{
    private const string FlushFile = "BlockSnap/Devices/DirectoryDeviceFile.cs";

    [Fact]
    public void ShippedSources_KeepTheRules()
    {
        Assert.NotEmpty(RepositoryFiles.ShippedSources);
        IReadOnlyList<string> breaches = SourceRules.FindBreaches(RepositoryFiles.ShippedSources, FlushFile);
        Assert.True(breaches.Count == 0, string.Join(Environment.NewLine, breaches));
    }

    [Theory]
    [InlineData("var t = DateTime.UtcNow;")]
    [InlineData("var t = System.DateTime.Now;")]
    [InlineData("var t = DateTimeOffset\n    .UtcNow;")]
    [InlineData("var n = Environment.TickCount64;")]
    [InlineData("var n = Random.Shared.Next();")]
    [InlineData("var n = new Random();")]
    [InlineData("RandomAccess.FlushToDisk(handle);")]
    [InlineData("stream.Flush(true);")]
    [InlineData("stream.Flush(flushToDisk: true);")]
    [InlineData("var s = $\"{time:yyyy-MM-dd}\";")]
    [InlineData("throw new ConflictException($\"The disk \\\"{name}\\\" is busy\");")]
    [InlineData("// TO" + "DO later")]
    [InlineData("// FIX" + "ME")]
    public void Check_Breach_IsFound(string text)
        => Assert.Single(SourceRules.FindBreaches([new("BlockSnap/Log/A.cs", text)], FlushFile));

    [Theory]
    [InlineData("// DateTime.UtcNow is not for us")]
    [InlineData("var s = \"Random.Shared\";")]
    [InlineData("text.Add($\"<line x1=\\\"{x}\\\" y1=\\\"{y}\\\"/>\");")]
    [InlineData("var s = string.Create(\n    CultureInfo.InvariantCulture, $\"{time:yyyy-MM-dd}\");")]
    [InlineData("var t = time.GetUtcNow(); disk.Flush(); DateTime.UnixEpoch.AddDays(1);")]
    public void Check_WhatIsNoBreach_IsNotFound(string text)
        => Assert.Empty(SourceRules.FindBreaches([new("BlockSnap/Log/A.cs", text)], FlushFile));

    [Fact]
    public void Check_FlushOfTheFramework_IsAllowedOnceInTheOneFile()
    {
        const string Call = "RandomAccess.FlushToDisk(handle);";

        Assert.Empty(SourceRules.FindBreaches([new(FlushFile, Call)], FlushFile));
        Assert.Single(SourceRules.FindBreaches([new(FlushFile, Call + Call)], FlushFile));
    }
}
