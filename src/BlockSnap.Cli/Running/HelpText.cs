using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>The help of a command: what to type, what it means, examples.</summary>
internal static class HelpText
{
    private const string ToolName = "blocksnap";

    /// <summary>The command as it is typed, from the tool's name on: "blocksnap disk create".</summary>
    public static string PathOf(Command command) =>
        string.Join(' ', Ancestry(command).Select(part => part is RootCommand ? ToolName : part.Name));

    public static void Write(Command command, TextWriter output)
    {
        output.WriteLine(command.Description);
        WriteSection(output, "Usage", [UsageOf(command)]);
        WriteTable(output, "Commands", command.Subcommands.Select(part => (LabelOf(part), part.Description)));
        WriteTable(output, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description)));
        WriteTable(output, "Options", OptionsOf(command).Select(option => (LabelOf(option), option.Description)));
        WriteSection(output, "Examples", (command as VerbCommand)?.Examples ?? []);
        if (command.Subcommands.Count > 0)
        {
            output.WriteLine();
            output.WriteLine($"More about one of them: {PathOf(command)} COMMAND --help");
        }
    }

    private static IEnumerable<Command> Ancestry(Command command) =>
        command.Parents.OfType<Command>().SelectMany(Ancestry).Append(command);

    private static string UsageOf(Command command)
    {
        var words = new List<string> { PathOf(command) };
        words.AddRange(command.Arguments.Select(LabelOf));
        words.AddRange(command.Options.Where(option => !option.Recursive).OrderByDescending(option => option.Required).Select(UsageOf));
        if (command.Subcommands.Count > 0)
        {
            words.Add("COMMAND");
        }

        return string.Join(' ', words);
    }

    private static string LabelOf(Argument argument)
    {
        string many = argument.Arity.MaximumNumberOfValues > 1 ? "..." : "";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]{many}" : argument.Name + many;
    }

    private static string LabelOf(Command command) => string.Join(' ', command.Arguments.Select(LabelOf).Prepend(command.Name));

    private static string LabelOf(Option option) =>
        string.Join(", ", option.Aliases.Prepend(option.Name)) + (option.HelpName is null ? "" : $" {option.HelpName}");

    private static string UsageOf(Option option)
    {
        string label = option.HelpName is null ? option.Name : $"{option.Name} {option.HelpName}";
        string many = option.Arity.MaximumNumberOfValues > 1 ? "..." : "";
        return option.Required ? label : $"[{label}]{many}";
    }

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(Ancestry(command).Where(part => part != command).SelectMany(part => part.Options).Where(option => option.Recursive));

    private static void WriteTable(TextWriter output, string title, IEnumerable<(string Label, string? Description)> rows)
    {
        var lines = rows.ToList();
        int width = lines.Select(row => row.Label.Length).DefaultIfEmpty(0).Max();
        WriteSection(output, title, lines.Select(row => $"{row.Label.PadRight(width)}  {row.Description}"));
    }

    private static void WriteSection(TextWriter output, string title, IEnumerable<string> lines)
    {
        if (!lines.Any())
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(title + ":");
        foreach (string line in lines)
        {
            output.WriteLine("  " + line);
        }
    }
}
