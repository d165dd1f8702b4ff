using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Makes the consoles for text that people read.</summary>
internal static class TextConsole
{
    // A redirected table is for grep and awk: no line may be folded.
    private const int RedirectedWidth = 10_000;

    public static IAnsiConsole OverOutput(CommandConsole console) => Create(console.Output, console.OutputIsTerminal, console);

    public static IAnsiConsole OverError(CommandConsole console) => Create(console.Error, console.ErrorIsTerminal, console);

    private static IAnsiConsole Create(TextWriter writer, bool terminal, CommandConsole facts)
    {
        // Nothing is detected for the terminal of another process: this process would look at its own.
        bool isRemote = facts.RemoteWidth is not null;
        AnsiSupport ansi = isRemote ? AnsiSupport.Yes : AnsiSupport.Detect;
        ColorSystemSupport colors = isRemote ? ColorSystemSupport.Standard : ColorSystemSupport.Detect;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? ansi : AnsiSupport.No,
            ColorSystem = terminal && facts.Colors ? colors : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (terminal && facts.RemoteWidth is { } width)
        {
            console.Profile.Width = width;
        }

        if (!terminal)
        {
            console.Profile.Width = RedirectedWidth;
            console.Profile.Capabilities.Unicode = false;
        }

        return console;
    }
}
