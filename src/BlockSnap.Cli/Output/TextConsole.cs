using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Makes the consoles that text for people is written to.</summary>
internal static class TextConsole
{
    // A redirected table is for grep and awk: no line may be folded.
    private const int RedirectedWidth = 10_000;

    public static IAnsiConsole OverOutput(CommandConsole console) => Create(console.Output, console.OutputIsTerminal, console.Colors);

    public static IAnsiConsole OverError(CommandConsole console) => Create(console.Error, console.ErrorIsTerminal, console.Colors);

    private static IAnsiConsole Create(TextWriter writer, bool terminal, bool colors)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal && colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
        {
            console.Profile.Width = RedirectedWidth;
            console.Profile.Capabilities.Unicode = false;
        }

        return console;
    }
}
