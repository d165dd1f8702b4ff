using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Names and values, one pair a line.</summary>
internal static class FactList
{
    public static void Write(IAnsiConsole console, params (string Name, string Value)[] facts)
    {
        int width = facts.Max(fact => fact.Name.Length);
        foreach ((string name, string value) in facts)
        {
            console.WriteLine($"{name.PadRight(width)}  {value}");
        }
    }
}
