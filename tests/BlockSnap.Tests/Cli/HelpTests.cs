using System.CommandLine;
using BlockSnap.Cli;
using BlockSnap.Tests.Design;

namespace BlockSnap.Tests.Cli;

public class HelpTests
{
    public static TheoryData<string> Commands()
    {
        var paths = new TheoryData<string>();
        foreach (Command command in Descend(CommandTree.Create()))
        {
            paths.Add(HelpText.PathOf(command));
        }

        return paths;
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfEveryCommand_TeachesByUsageAndExamples(string path)
    {
        string[] words = path.Split(' ');
        CommandRun run = await CommandRun.OfAsync([.. words[1..], "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.Contains($"Usage:\n  {path}", run.Output);
        Assert.Contains("--json", run.Output);
        if (!run.Output.Contains("Commands:", StringComparison.Ordinal))
        {
            Assert.Contains($"Examples:\n  ", run.Output);
            Assert.Contains($"{path} /srv/pool", run.Output);
        }
    }

    [Fact]
    public async Task Help_WithJson_IsOneDocument()
    {
        CommandRun text = await CommandRun.OfAsync(["disk", "create", "--help"]);
        Assert.Equal(text.Output, (await CommandRun.OfAsync(["disk", "create", "--help", "--json"])).Json.GetProperty("help").GetString());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Examples_OfEveryCommand_Parse(string path)
    {
        Command command = Descend(CommandTree.Create()).Single(each => HelpText.PathOf(each) == path);
        Assert.All((command as VerbCommand)?.Examples ?? [], AssertParses);
    }

    [Theory]
    [InlineData("README.md", 20)]
    [InlineData("src/BlockSnap.Cli/README.md", 3)]
    public void CommandLines_OfADocument_Parse(string path, int least)
    {
        string[] lines = [.. File.ReadLines(Path.Join(RepositoryFiles.Root, path)).Where(line => line.StartsWith("    blocksnap ", StringComparison.Ordinal)).Select(line => line.Split(" #")[0].TrimEnd('&').Trim().Replace('\'', '"'))];
        Assert.True(lines.Length >= least, $"{path} has {lines.Length} lines of the command.");
        Assert.All(lines, AssertParses);
    }

    [Fact]
    public async Task Version_IsANumberAlone()
    {
        CommandRun run = await CommandRun.OfAsync(["--version"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+[^+\s]*\n$", run.Output);
        Assert.Equal(run.Output.Trim(), (await CommandRun.OfAsync(["--version", "--json"])).Json.GetProperty("version").GetString());
    }

    // The parts of a line for the shell that are of this command.
    private static void AssertParses(string line)
    {
        foreach (string part in line.Split([" | ", " && ", " > "], StringSplitOptions.None).Where(part => part.StartsWith("blocksnap ", StringComparison.Ordinal)))
        {
            Assert.Empty(CommandTree.Create().Parse(part["blocksnap ".Length..]).Errors);
        }
    }

    private static IEnumerable<Command> Descend(Command command) => command.Subcommands.SelectMany(Descend).Prepend(command);
}
