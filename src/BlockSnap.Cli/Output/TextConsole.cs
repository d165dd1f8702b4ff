using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Makes the consoles that text for people is written to.</summary>
internal static class TextConsole
{
    // A redirected table is for grep and awk: no line may be folded.
    private const int RedirectedWidth = 10_000;

    public static IAnsiConsole OverOutput(CommandConsole console) => Create(console.Output, console.OutputIsTerminal, console);

    public static IAnsiConsole OverError(CommandConsole console) => Create(console.Error, console.ErrorIsTerminal, console);

    private static IAnsiConsole Create(TextWriter writer, bool terminal, CommandConsole facts)
    {
        // What this process could find out about a terminal would be about its own.
        bool isRemote = facts.RemoteWidth is not null;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = !terminal ? AnsiSupport.No : isRemote ? AnsiSupport.Yes : AnsiSupport.Detect,
            ColorSystem = !terminal || !facts.Colors ? ColorSystemSupport.NoColors : isRemote ? ColorSystemSupport.Standard : ColorSystemSupport.Detect,
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
