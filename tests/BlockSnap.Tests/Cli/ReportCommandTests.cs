using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Cli;

/// <summary>The report: one page that is whole in itself, in which no name is anything but text.</summary>
public sealed partial class ReportCommandTests
{
    private const string HostileName = "<script>alert('x')</script>\" onload=\"y & z";

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public async Task Report_OfAPool_ShowsChainsCapacityAndAges()
    {
        using CommandPool pool = await CreateAsync();
        XElement page = await ReportAsync(pool);

        string[] titles = [.. page.Descendants(s_svg + "svg").Select(drawing => drawing.Element(s_svg + "title")!.Value)];
        Assert.Contains(titles, title => title.StartsWith("Bytes that the snapshots of all disks store together", StringComparison.Ordinal));
        Assert.Equal(2, titles.Count(title => title.StartsWith("Snapshots of ", StringComparison.Ordinal)));
        Assert.Equal(2, titles.Count(title => title.StartsWith("Ages of the blocks of ", StringComparison.Ordinal)));
        Assert.All(page.Descendants(s_svg + "svg"), drawing => Assert.Equal("img", (string?)drawing.Attribute("role")));

        // s1: one block alone, one shared with s2 and the head; s2: nothing alone.
        string[] bars = [.. page.Descendants(s_svg + "g").Select(bar => bar.Element(s_svg + "title")!.Value)];
        Assert.Contains(bars, bar => bar.StartsWith("s1:", StringComparison.Ordinal) && bar.EndsWith("alone 4 KiB, shared 4 KiB", StringComparison.Ordinal));
        Assert.Contains(bars, bar => bar.StartsWith("s2:", StringComparison.Ordinal) && bar.EndsWith("alone 0 B, shared 8 KiB", StringComparison.Ordinal));

        // Eight ranges of one block: 0 was written again before s2, 1 before s1, 2 after s2, the rest never.
        XElement strip = page.Descendants(s_svg + "svg").Single(drawing => drawing.Element(s_svg + "title")!.Value == "Ages of the blocks of vm1, from its first to its last");
        Assert.Equal(
            ["0 B to 4 KiB: last written before s2", "4 KiB to 8 KiB: last written before s1", "8 KiB to 12 KiB: written after s2", "12 KiB to 32 KiB: empty"],
            strip.Elements(s_svg + "rect").Select(range => range.Element(s_svg + "title")!.Value));
    }

    [Fact]
    public async Task Report_WithHostileNames_HasThemAsTextOnly()
    {
        using CommandPool pool = await CreateAsync();
        XElement page = await ReportAsync(pool);

        Assert.Contains(page.Descendants().Where(element => element.Name.LocalName == "h2"), heading => heading.Value == HostileName.Replace('/', '_'));
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName == "script");
        Assert.DoesNotContain(page.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Report_NeedsNothingElse()
    {
        using CommandPool pool = await CreateAsync();
        await ReportAsync(pool);
        string text = await File.ReadAllTextAsync(pool.FileOf("page.html"), TestContext.Current.CancellationToken);

        Assert.StartsWith("<!DOCTYPE html>\n", text);
        Assert.DoesNotContain(Addresses().Matches(text), match => !match.Value.StartsWith("xmlns", StringComparison.Ordinal));
        Assert.Contains("prefers-color-scheme: dark", text);
        Assert.DoesNotContain("/>", EmptyOwn().Replace(text, "")); // but for drawings HTML knows no such end
    }

    [Fact]
    public async Task Report_OfAnEmptyPool_SaysSo()
    {
        using CommandPool pool = await CommandPool.CreateAsync();
        Assert.Contains("no snapshots", (await ReportAsync(pool)).Value);
        await pool.JsonAsync("disk create POOL vm1 --size 0");
        await pool.JsonAsync("disk create POOL vm2 --size 1TiB");
        Assert.Contains("vm2", (await ReportAsync(pool)).Value);
    }

    [Fact]
    public async Task Report_ToOutput_IsThePageAlone()
    {
        using CommandPool pool = await CreateAsync();
        Assert.StartsWith("<!DOCTYPE html>", (await pool.RunAsync("report POOL --html -")).Output);
        Assert.Equal("usage", (await pool.RunAsync("report POOL --html - --json")).ErrorCode);
        await pool.RefusedAsync("report POOL", 2, "usage");
        await pool.RefusedAsync("report POOL --html ~/none/page.html", 1, "file-not-found");
        JsonElement made = await pool.JsonAsync("report POOL --html ~/page.html");
        Assert.Equal((2, 2), (made.GetProperty("disks").GetInt32(), made.GetProperty("snapshots").GetInt32()));
    }

    [Fact]
    public async Task Report_InABrowser_IsDrawn()
    {
        OutsideProgram.SkipUnlessPresent("chromium", "chromium");
        using CommandPool pool = await CreateAsync();
        await ReportAsync(pool);
        string shown = await OutsideProgram.RunToSuccessAsync(
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={pool.FileOf("profile")}", "--dump-dom", $"file://{pool.FileOf("page.html")}");
        Assert.Contains("written after s2", shown); // read and written again by a browser
        Assert.DoesNotContain("<script", shown);
        Assert.Equal(5, shown.Split("<svg").Length - 1);
    }

    private static async Task<CommandPool> CreateAsync()
    {
        CommandPool pool = await CommandPool.CreateAsync();
        await pool.JsonAsync("disk create POOL vm1 --size 32KiB");
        await pool.WriteBlockAsync("vm1", 0, 1);
        await pool.WriteBlockAsync("vm1", 1, 1);
        await pool.JsonAsync("snapshot create POOL vm1@s1");
        await pool.WriteBlockAsync("vm1", 0, 2);
        await pool.JsonAsync("snapshot create POOL vm1@s2");
        await pool.WriteBlockAsync("vm1", 2, 3);
        await using DiskPool opened = await pool.OpenAsync();
        using IDisk hostile = await opened.CreateDiskAsync(HostileName.Replace('/', '_'), 1 << 20);
        return pool;
    }

    // Reads the page as XML, which it is too.
    private static async Task<XElement> ReportAsync(CommandPool pool)
    {
        await pool.JsonAsync("report POOL --html ~/page.html");
        string text = await File.ReadAllTextAsync(pool.FileOf("page.html"));
        return XElement.Parse(text[text.IndexOf('\n')..]);
    }

    [GeneratedRegex(@"(xmlns[:\w]*=""|@import|url\(|src=|href=)?[^"" ]*https?:[^"" ]*|@import|url\(|src=|href=")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"<(rect|line|polygon|polyline|meta)\b[^>]*/>")]
    private static partial Regex EmptyOwn();
}
