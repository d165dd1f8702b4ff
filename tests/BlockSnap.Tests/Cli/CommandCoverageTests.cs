using System.CommandLine;
using BlockSnap.Cli;
using BlockSnap.Tests.Design;

namespace BlockSnap.Tests.Cli;

/// <summary>What can be typed is tried: every command and every option stands in some command line of the tests.</summary>
public sealed class CommandCoverageTests
{
    // Whether policies ran cannot be told from outside but by waiting; the runner has its own tests.
    private static readonly string[] s_untried = ["--no-policies"];

    private static readonly string s_lines = string.Join('\n', Directory.EnumerateFiles(Path.Join(RepositoryFiles.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.EndsWith($"{nameof(CommandCoverageTests)}.cs", StringComparison.Ordinal))
        .Select(File.ReadAllText));

    [Fact]
    public void EveryCommandAndOption_StandsInATest()
    {
        string[] missing = [.. WordsOf(CommandTree.Create(), []).Distinct().Where(word => !IsTried(word) && !s_untried.Contains(word))];
        Assert.True(missing.Length == 0, string.Join(Environment.NewLine, missing));
        Assert.All(s_untried, word => Assert.False(IsTried(word), $"{word} is tried now: take it out of the list"));
    }

    // An option followed by its value or by the end; a command in one text, "policy apply POOL", or in words of their own, "policy", "apply", path.
    private static bool IsTried(string words) => words.StartsWith('-')
        ? Contains(words + " ") || Contains(words + "\"")
        : Contains(words + " POOL") || Contains($"\"{words.Replace(" ", "\", \"", StringComparison.Ordinal)}\", ");

    private static bool Contains(string text) => s_lines.Contains(text, StringComparison.Ordinal);

    private static IEnumerable<string> WordsOf(Command command, string[] above)
    {
        foreach (Option option in command.Options)
        {
            yield return option.Name;
        }

        foreach (Command below in command.Subcommands)
        {
            string[] path = [.. above, below.Name];
            if (below.Subcommands.Count == 0)
            {
                yield return string.Join(' ', path);
            }

            foreach (string word in WordsOf(below, path))
            {
                yield return word;
            }
        }
    }
}
