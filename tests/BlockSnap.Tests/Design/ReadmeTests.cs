using System.Text;

namespace BlockSnap.Tests.Design;

/// <summary>The lines of C# that the documents show are these very lines: compiled, run, and equal everywhere.</summary>
public sealed class ReadmeTests
{
    private const string BeginMarker = "readme-begin";
    private const string EndMarker = "readme-end";

    /// <summary>More lines than that, blank ones aside, and the public surface is wrong.</summary>
    private const int LinesMax = 15;

    [Theory]
    [InlineData("README.md")]
    [InlineData("src/BlockSnap/README.md")]
    [InlineData("tests/Consumer/Program.cs")]
    public void FirstScenario_WhereverItIsShown_IsTheCompiledOne(string path) =>
        Assert.Equal(MarkedLines("tests/BlockSnap.Tests/Design/ReadmeTests.cs"), MarkedLines(path));

    [Fact]
    public void FirstScenario_IsShort() =>
        Assert.InRange(MarkedLines("README.md").Count(line => line.Length > 0), 1, LinesMax);

    [Fact]
    public async Task FirstScenario_Run_DoesWhatItSays()
    {
        string directory = Directory.CreateTempSubdirectory("blocksnap-readme-").FullName;
        try
        {
            Console.Lines.Clear();
            await RunAsync(directory);
            Assert.Equal(["4096 bytes changed at 4096", "first"], Console.Lines);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(string directory)
    {
        // readme-begin
        await using DiskPool pool = await DiskPool.CreateAsync(directory);
        await using IDisk disk = await pool.CreateDiskAsync("data", 1L << 30);
        disk.Write(4096, "first"u8);
        await disk.Chain.CreateAsync("before");

        disk.Write(4096, "other"u8);
        await disk.FlushAsync(); // from here on it survives a crash
        await using IDisk before = disk.Chain.Open("before");
        await foreach (ChangedExtent extent in pool.DiffAsync(before, disk))
        {
            Console.WriteLine($"{extent.Length} bytes changed at {extent.Offset}");
        }

        await disk.Chain.RollbackAsync("before");
        byte[] read = new byte[5];
        disk.Read(4096, read);
        Console.WriteLine(Encoding.UTF8.GetString(read)); // first
        // readme-end
    }

    /// <summary>The lines between the markers, without their common indentation and, in Markdown, the fence.</summary>
    private static List<string> MarkedLines(string path)
    {
        bool isMarkdown = path.EndsWith(".md", StringComparison.Ordinal);
        (string before, string after) = isMarkdown ? ("<!-- ", " -->") : ("// ", "");
        List<string> lines =
        [
            .. File.ReadLines(PathOf(path))
                .SkipWhile(line => line.Trim() != before + BeginMarker + after)
                .Skip(1)
                .TakeWhile(line => line.Trim() != before + EndMarker + after)
                .Where(line => !isMarkdown || !line.StartsWith("```", StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(lines);
        int indentation = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return [.. lines.Select(line => line.Length > 0 ? line[indentation..] : line)];
    }

    private static string PathOf(string path) => Path.Join(RepositoryFiles.Root, path);

    /// <summary>Takes the place of the console in the lines above, so that they are shown as a reader would write them and still can be checked.</summary>
    private static class Console
    {
        public static List<string> Lines { get; } = [];

        public static void WriteLine(string line) => Lines.Add(line);
    }
}
